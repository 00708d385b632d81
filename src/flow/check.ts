import type { VU } from './vu.ts';

/**
 * Checks a value by named predicates, as k6's `check` does: each is counted under its name in the metric `checks`, none ends the iteration.
 * Returns whether all of them held. A predicate that throws counts as failed, and the error goes on.
 *
 * @example
 * check(vu, pulled, { 'has layers': (p) => p.layers.length > 0 });
 */
export function check<T>(
  vu: VU,
  value: T,
  checks: Readonly<Record<string, (value: T) => unknown>>,
  tags: Readonly<Record<string, string>> = {},
): boolean {
  let all = true;
  for (const [name, predicate] of Object.entries(checks)) {
    let held = false;
    try {
      const answer = predicate(value);
      if (answer instanceof Promise) {
        answer.catch(() => {}); // told below, in words that help
        throw new TypeError(`check "${name}": the predicate is async, so it would always hold; await the value first and check it then`);
      }
      held = Boolean(answer);
    } finally {
      vu.internals.observer.check(vu.internals.scope, name, held, tags);
    }
    all &&= held;
  }
  return all;
}
