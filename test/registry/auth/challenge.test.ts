import { describe, expect, it } from 'vitest';
import { parseChallenges } from '../../../src/registry/auth/challenge.ts';

describe('parseChallenges', () => {
  it.each([
    ['none', undefined, []],
    ['empty', '', []],
    [
      'one with commas in quotes',
      'Bearer realm="https://a/t",service="s",scope="repository:a/b:pull,push"',
      [['bearer', { realm: 'https://a/t', service: 's', scope: 'repository:a/b:pull,push' }]],
    ],
    ['scheme and names in any case', 'BEARER Realm="r",SCOPE="x"', [['bearer', { realm: 'r', scope: 'x' }]]],
    ['spaces around', '  Bearer   realm = "r" ,  service= "s"  ', [['bearer', { realm: 'r', service: 's' }]]],
    ['values without quotes', 'Basic realm=reg', [['basic', { realm: 'reg' }]]],
    ['a scheme alone', 'Negotiate', [['negotiate', {}]]],
    [
      'several in one header',
      'Negotiate, Basic realm="x, y", Bearer realm="r",service="s"',
      [
        ['negotiate', {}],
        ['basic', { realm: 'x, y' }],
        ['bearer', { realm: 'r', service: 's' }],
      ],
    ],
    [
      'several headers',
      ['Basic realm="b"', 'Bearer realm="r"'],
      [
        ['basic', { realm: 'b' }],
        ['bearer', { realm: 'r' }],
      ],
    ],
    [
      'a token68',
      'Negotiate YIIabc+/==, Basic realm="x"',
      [
        ['negotiate', {}],
        ['basic', { realm: 'x' }],
      ],
    ],
    ['an escaped quote', 'Basic realm="a \\"b\\" c"', [['basic', { realm: 'a "b" c' }]]],
    ['no commas between parameters', 'Bearer realm="r" service="s"', [['bearer', { realm: 'r', service: 's' }]]],
    ['an error code', 'Bearer realm="r",error="invalid_token"', [['bearer', { realm: 'r', error: 'invalid_token' }]]],
    ['a parameter before any scheme', 'realm="x"', []],
    ['nonsense', '"""=,,;;', []],
  ])('%s', (_, header, expected) => {
    expect(parseChallenges(header).map(({ scheme, parameters }) => [scheme, parameters])).toEqual(expected);
  });

  it('survives a quote that never ends', () => {
    expect(parseChallenges('Bearer realm="https://a/t')[0]?.scheme).toBe('bearer');
  });

  it('takes no long time over hostile text', () => {
    const started = performance.now();
    for (const text of ['"', ',', 'a', 'a=', 'a="', '\\', 'Bearer x="\\']) parseChallenges(text.repeat(16_384 / text.length));
    expect(performance.now() - started).toBeLessThan(1000);
  });
});
