import { afterAll } from 'vitest';

const undoing: (() => unknown)[] = [];

// One hook for the test file that imports this, so that helpers can be called from anywhere in it: top level, hooks and tests.
afterAll(async () => {
  const failures: unknown[] = [];
  for (const undo of undoing.splice(0).toReversed()) {
    try {
      await undo();
    } catch (error) {
      failures.push(error); // the others are to be undone all the same
    }
  }
  if (failures.length > 0) throw failures[0];
});

/** Calls `undo` when the test file is done, the latest first. What it undoes may be undone already. */
export function atEnd(undo: () => unknown): void {
  undoing.push(undo);
}
