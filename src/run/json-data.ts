import { LoadregError } from '../base/index.ts';

/**
 * What `setup` returned, as every VU gets it: a frozen JSON copy. Threads and agents can have no other value, so one that would not
 * survive the journey is refused by its path, on one thread too.
 */
export function jsonData(value: unknown): unknown {
  if (value === undefined) return undefined;
  check(value, 'data', []);
  return deepFreeze(JSON.parse(JSON.stringify(value)));
}

function check(value: unknown, path: string, above: readonly object[]): void {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) refuse(path, String(value));
    return;
  }
  if (typeof value !== 'object') refuse(path, typeof value);
  if (above.includes(value)) refuse(path, 'a reference back to what holds it');
  const prototype: unknown = Object.getPrototypeOf(value);
  const within = [...above, value];
  if (Array.isArray(value)) {
    value.forEach((item, index) => check(item, `${path}[${index}]`, within));
  } else if (prototype === Object.prototype || prototype === null) {
    for (const [key, item] of Object.entries(value)) if (item !== undefined) check(item, `${path}.${key}`, within);
  } else {
    refuse(path, `a ${(value as { constructor?: { name?: string } }).constructor?.name ?? 'special object'}`);
  }
}

function refuse(path: string, what: string): never {
  throw new LoadregError(`setup() must return JSON, but ${path} is ${what}`, {
    exit: 'scriptException',
    hint: 'return strings, finite numbers, booleans, null, arrays and plain objects',
  });
}

/** The same value, frozen at every depth. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
