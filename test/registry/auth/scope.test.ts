import { describe, expect, it } from 'vitest';
import { mergeScopes, scopeOfPath } from '../../../src/registry/auth/scope.ts';

describe('mergeScopes', () => {
  it.each([
    ['the first ones come first', 'repository:b:pull', 'repository:a:pull', ['repository:b:pull', 'repository:a:pull']],
    ['actions of a resource are united and sorted', 'repository:a:push', 'repository:a:pull', ['repository:a:pull,push']],
    ['repeats fall away', 'repository:a:pull repository:a:pull', 'repository:a:pull', ['repository:a:pull']],
    ['names may hold a port', 'repository:h:5000/a:pull', 'repository:h:5000/a:push', ['repository:h:5000/a:pull,push']],
    ['stars stay', 'registry:catalog:*', '', ['registry:catalog:*']],
    ['nothing', '', ' ', []],
    ['what is no scope is kept', 'whatever', '', ['whatever']],
  ])('%s', (_, first, second, merged) => {
    expect(mergeScopes(first, second)).toEqual(merged);
  });
});

describe('scopeOfPath', () => {
  it.each([
    ['GET', 'team/app/manifests/1', 'repository:team/app:pull'],
    ['HEAD', 'app/blobs/sha256:x', 'repository:app:pull'],
    ['POST', 'app/blobs/uploads/', 'repository:app:pull,push'],
    ['DELETE', 'app/manifests/1', 'repository:app:delete'],
    ['GET', '_catalog?n=1', 'registry:catalog:*'],
    ['GET', '', ''],
  ])('%s %s', (method, rest, scope) => {
    expect(scopeOfPath(method, rest)).toBe(scope);
  });
});
