import { describe, expect, it } from 'vitest';
import { formatReference, isRepository, isTag, parseReference } from '../../src/registry/index.ts';

const SHA256 = `sha256:${'0'.repeat(64)}`;
const SHA512 = `sha512:${'a'.repeat(128)}`;

describe('references', () => {
  it.each([
    ['app', { repository: 'app' }],
    ['team/app:1.0', { repository: 'team/app', tag: '1.0' }],
    ['a.b/c__d/e---f:_x', { repository: 'a.b/c__d/e---f', tag: '_x' }],
    [`team/app@${SHA256}`, { repository: 'team/app', digest: SHA256 }],
    [`team/app:1@${SHA512}`, { repository: 'team/app', tag: '1', digest: SHA512 }],
  ])('%s is read and prints back', (text, reference) => {
    expect(parseReference(text)).toEqual(reference);
    expect(formatReference(parseReference(text))).toBe(text);
  });

  it.each([
    ['localhost:5000/team/app:1', { host: 'localhost:5000', repository: 'team/app', tag: '1' }],
    ['localhost/app', { host: 'localhost', repository: 'app' }],
    [`reg.example.com/app@${SHA256}`, { host: 'reg.example.com', repository: 'app', digest: SHA256 }],
    ['[::1]:5000/app:1', { host: '[::1]:5000', repository: 'app', tag: '1' }],
    ['team/app:1', { repository: 'team/app', tag: '1' }],
    ['app:5000', { repository: 'app', tag: '5000' }],
  ])('%s is read with its host and prints back', (text, reference) => {
    expect(parseReference(text, { withHost: true })).toEqual(reference);
    expect(formatReference(parseReference(text, { withHost: true }))).toBe(text);
  });

  it.each([
    ['', /the repository is missing/],
    [':1', /the repository is missing/],
    ['Team/app', /part "Team" of the repository.*lower case/],
    ['team//app', /part "" of the repository/],
    ['/app', /part "" of the repository/],
    ['app/', /part "" of the repository/],
    ['-app', /part "-app"/],
    ['a___b', /part "a___b"/],
    ['a..b', /part "a..b"/],
    ['app:', /the tag "" is not valid/],
    ['app:.x', /the tag ".x" is not valid/],
    [`app:${'x'.repeat(129)}`, /the tag ".*" is not valid.*128/],
    ['app@sha256:abc', /the digest "sha256:abc" is not valid/],
    [`app@md5:${'0'.repeat(32)}`, /the digest "md5/],
    [`app@${SHA256.toUpperCase()}`, /the digest/],
    ['localhost:5000/app:1', /"localhost:5000" looks like a host.*--registry/],
    [`${'a/'.repeat(150)}b`, /301 characters long.*255/],
  ])('%s is refused, saying which part is wrong', (text, message) => {
    expect(() => parseReference(text)).toThrow(message);
  });

  it.each(['user:hunter2@host/app', 'hunter2@host:5000/app', 'a:hunter2@b@host/app', 'user:hunter2@host/app@sha256:abc'])(
    '%s is refused without repeating what stands before the @',
    (text) => {
      expect(() => parseReference(text, { withHost: true })).toThrow(/credentials are not given in the reference/);
      expect(() => parseReference(text, { withHost: true })).not.toThrow(/hunter2/);
    },
  );

  it('tells names and tags', () => {
    expect([isRepository('team/app'), isRepository('Team'), isRepository(''), isTag('1.0'), isTag('a b')]).toEqual([
      true,
      false,
      false,
      true,
      false,
    ]);
  });
});
