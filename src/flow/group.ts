import type { VU } from './vu.ts';

/**
 * Runs a function under a name, as k6's `group` does: everything in it is tagged `group: '::outer::inner'` and its time goes to
 * `group_duration`. Returns what the function returns. In one VU, groups must not overlap: await one before the next is entered.
 *
 * @example
 * await group(vu, 'warm up', async () => { await pull(vu, ref); });
 */
export async function group<T>(vu: VU, name: string, fn: () => T | Promise<T>): Promise<T> {
  if (name.includes('::')) throw new TypeError(`group "${name}": a group's name may not contain "::", which stands between nested groups`);
  const { internals } = vu;
  const before = internals.setGroup(`${internals.scope.group}::${name}`);
  const scope = internals.scope;
  const start = performance.now();
  try {
    return await fn();
  } finally {
    internals.observer.group(scope, Math.round((performance.now() - start) * 1000));
    internals.setGroup(before);
  }
}
