import { expect, it } from 'vitest';
import { jsonData } from '../../src/run/json-data.ts';

const circle: Record<string, unknown> = { name: 'a' };
circle.self = circle;

it.each([
  ['a function', { refs: [{ open: () => {} }] }, 'data.refs[0].open is function'],
  ['a number that JSON has no word for', { size: Number.NaN }, 'data.size is NaN'],
  ['a date', { at: new Date(0) }, 'data.at is a Date'],
  ['a map', { refs: new Map() }, 'data.refs is a Map'],
  ['a big integer', { size: 1n }, 'data.size is bigint'],
  ['a circle', circle, 'data.self is a reference back to what holds it'],
])('refuses %s by its path', (_what, value, message) => {
  expect(() => jsonData(value)).toThrow(message);
});

it('gives a frozen copy, without undefined fields', () => {
  const value = { refs: ['a'], none: undefined };
  const copy = jsonData(value) as { refs: string[] };
  expect(copy).toEqual({ refs: ['a'] });
  expect(copy).not.toBe(value);
  expect(() => copy.refs.push('b')).toThrow(TypeError);
  expect(jsonData(undefined)).toBeUndefined();
});
