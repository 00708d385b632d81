import { describe, expect, it } from 'vitest';
import { cut, safe, share, shortCount, threeDigits, time, timeIn, wrap } from '../../src/report/format.ts';

describe('numbers for people', () => {
  it.each([
    [0, '0'],
    [0.04567, '0.046'],
    [0.9994, '0.999'],
    [0.9999, '1.00'],
    [9.994, '9.99'],
    [9.996, '10.0'],
    [99.94, '99.9'],
    [99.96, '100'],
    [12345.6, '12346'],
  ])('threeDigits(%d) is %s', (value, text) => expect(threeDigits(value)).toBe(text));

  it.each([
    [undefined, '-'],
    [null, '-'],
    [0, '0µs'],
    [999.4, '999µs'],
    [999.6, '1.00ms'],
    [12_345, '12.3ms'],
    [999_400, '999ms'],
    [999_600, '1.00s'],
    [59_940_000, '59.9s'],
    [83_000_000, '1m23s'],
  ])('time(%s µs) is %s', (us, text) => expect(time(us)).toBe(text));

  it.each([
    ['ms', 312, '0.312'],
    ['ms', 98_765_000, '98765'],
    ['s', 98_765_000, '98.8'],
    ['ms', undefined, '-'],
  ] as const)('timeIn(%s, %s µs) is %s', (unit, us, text) => expect(timeIn(unit, us)).toBe(text));

  it.each([
    [null, '-'],
    [0, '0.00%'],
    [0.000_001, '<0.01%'],
    [0.5, '50.00%'],
    [0.999_999, '>99.99%'],
    [1, '100.00%'],
  ])('share(%s) is %s, and never looks like none or all when it is not', (value, text) => expect(share(value)).toBe(text));

  it.each([
    [999_999, '999999'],
    [1_234_567, '1.23M'],
    [999_600_000, '1.00G'],
  ])('shortCount(%d) is %s', (value, text) => expect(shortCount(value)).toBe(text));
});

describe('text for people', () => {
  it('shows control characters instead of sending them', () => {
    expect(safe('a\u001b[31m\r\n\u009b\u2028\u200b·é✓')).toBe('a\\x1b[31m\\x0d\\x0a\\x9b\\u{2028}\\u{200b}·é✓');
  });

  it('cuts by characters, not by halves of them', () => {
    expect(cut('🐳🐳🐳', 2)).toBe('🐳…');
    expect(cut('abc', 3)).toBe('abc');
  });

  it.each([
    ['at spaces', 'one two three', 7, ['one two', 'three']],
    ['a word that is too long', 'ab abcdefgh', 4, ['ab', 'abcd', 'efgh']],
    ['nothing', '', 5, []],
  ])('wraps %s', (_phrase, text, width, lines) => expect(wrap(text, width)).toEqual(lines));
});
