import { describe, expect, it } from 'vitest';
import { nextLink } from '../../src/registry/headers.ts';
import { joinUrl, resolveUrl, splitUrl, withParameter } from '../../src/registry/url.ts';

const BASE = { origin: 'http://h:5000', path: '/base/v2/a/blobs/uploads/?x=1' };

describe('resolveUrl', () => {
  it.each([
    ['a path', '/u/1?s=%2f', 'http://h:5000/u/1?s=%2f'],
    ['an absolute URL, letter by letter', 'https://Other/A/../b?q=%7e|', 'https://other/A/../b?q=%7e|'],
    ['a host in capitals with its default port', 'HTTP://HOST:80/x', 'http://host/x'],
    ['userinfo, which is dropped', 'http://u:p@h:5000/x', 'http://h:5000/x'],
    ['a host alone', 'http://other', 'http://other/'],
    ['a host with a query', 'http://other?x', 'http://other/?x'],
    ['a scheme-relative URL', '//other/x', 'http://other/x'],
    ['a relative path', '1?s=2', 'http://h:5000/base/v2/a/blobs/uploads/1?s=2'],
    ['a query', '?s=2', 'http://h:5000/base/v2/a/blobs/uploads/?s=2'],
    ['characters that no request may have', '/a b/ü', 'http://h:5000/a%20b/%C3%BC'],
    ['another scheme', 'ftp://h/x', undefined],
    ['nonsense', 'http://[', undefined],
  ])('%s', (_, target, resolved) => {
    const url = resolveUrl(BASE, target);
    expect(url && joinUrl(url)).toBe(resolved);
    expect(url && splitUrl(joinUrl(url))).toEqual(url);
  });
});

describe('withParameter', () => {
  it.each([
    ['/u', '/u?digest=a%3Ab'],
    ['/u?s=1', '/u?s=1&digest=a%3Ab'],
  ])('%s', (path, result) => {
    expect(withParameter(path, 'digest', 'a:b')).toBe(result);
  });
});

describe('nextLink', () => {
  it.each([
    ['one', '</a?n=1>; rel="next"', '/a?n=1'],
    ['without quotes', '</a>; rel=next', '/a'],
    ['in capitals, with other parameters', '</a>; title="x"; REL="Next"', '/a'],
    ['among others', '</p>; rel="prev", </a,b>; rel="next"', '/a,b'],
    ['in a second field', ['</p>; rel="prev"', '</a>; rel="next"'], '/a'],
    ['with several relations', '</a>; rel="last next"', '/a'],
    ['of the previous page only', '</p>; rel="prev"', undefined],
    ['missing', undefined, undefined],
  ])('%s', (_, link, target) => {
    expect(nextLink({ link })).toBe(target);
  });
});
