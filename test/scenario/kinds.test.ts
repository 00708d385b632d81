import { describe, expect, it } from 'vitest';
import { KINDS } from '../../src/scenario/index.ts';
import { show } from '../../src/scenario/kinds.ts';

describe('values of each kind', () => {
  it.each([
    ['boolean', true, true],
    ['boolean', 'yes', true],
    ['boolean', '0', false],
    ['boolean', 'maybe', undefined],
    ['count', '200', 200],
    ['count', 5, 5],
    ['count', 0, undefined],
    ['count', '1.5', undefined],
    ['count', '1e3', undefined],
    ['integer', '0', 0],
    ['integer', -1, undefined],
    ['duration', '1h30m', 5_400_000],
    ['duration', 250, 250],
    ['duration', '5 minutes', undefined],
    ['duration', -1, undefined],
    ['size', '10MiB', 10_485_760],
    ['size', '10M', undefined],
    ['text', ' ', undefined],
    ['list', 'a, b', ['a', 'b']],
    ['list', ['a', 'b,c'], ['a', 'b', 'c']],
    ['list', [1], undefined],
    ['pairs', ['A=1', 'B=x=y'], { A: '1', B: 'x=y' }],
    ['pairs', 'A=1\nB=', { A: '1', B: '' }],
    ['pairs', { A: 1 }, { A: '1' }],
    ['pairs', { A: true }, undefined],
    ['pairs', ['A'], undefined],
    ['headers', ['X-Team: perf: eu'], { 'X-Team': 'perf: eu' }],
    ['headers', ['X Team: perf'], undefined],
    ['headers', { 'X-Team': 'a\r\nb: c' }, undefined],
    ['repoPrefix', 'perf/loadreg/', 'perf/loadreg'],
    ['repoPrefix', '', ''],
    ['repoPrefix', 'Perf', undefined],
    ['verify', 'sampled:0.10', 'sampled:0.1'],
    ['verify', 'sampled:0', undefined],
    ['verify', 'sampled:1.5', undefined],
    ['verify', 'none', undefined],
    ['connections', 'per-vu', 'per-vu'],
    ['connections', 'shared:16', { shared: 16 }],
    ['connections', { shared: 16 }, { shared: 16 }],
    ['connections', { shared: 0 }, undefined],
    ['trendStats', 'avg,p(99.9)', ['avg', 'p(99.9)']],
    ['trendStats', ['p(101)'], undefined],
    ['summaryMode', 'full', 'full'],
    ['summaryMode', 'legacy', undefined],
    ['object', [], undefined],
  ] as const)('%s %j -> %j', (kind, given, value) => {
    expect(KINDS[kind].parse(given)).toEqual(value);
  });
});

describe('base URLs', () => {
  it.each([
    ['with a path', 'http://localhost:8081/link/to/registry/', 'http://localhost:8081/link/to/registry'],
    ['with a host in capitals', 'https://Registry.Example.org', 'https://registry.example.org'],
    ['IPv6', 'http://[::1]:5000', 'http://[::1]:5000'],
    ['without a scheme', 'localhost:5000', undefined],
    ['with /v2/', 'http://localhost:5000/v2/', undefined],
    ['with a query', 'http://localhost:5000/?a=b', undefined],
    ['another scheme', 'ftp://localhost', undefined],
    ['not a text', 5000, undefined],
  ])('%s: %s', (_case, given, url) => {
    expect(KINDS.baseUrl.parse(given)?.url).toBe(url);
  });

  it('takes credentials out of the URL', () => {
    expect(KINDS.baseUrl.parse('https://me:p%40ss@host/x')).toEqual({
      url: 'https://host/x',
      userinfo: { username: 'me', password: 'p@ss' },
    });
  });
});

it('shows a given value without the credentials of a URL, and not at any length', () => {
  expect(show('http://me:secret@host')).toBe('"http://***@host"');
  expect(show('x'.repeat(200)).length).toBeLessThanOrEqual(80);
});
