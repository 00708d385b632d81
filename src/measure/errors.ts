import { errorKey } from './merge.ts';
import type { ErrorGroup } from './snapshot.ts';

/** Most groups that are told apart; what comes later is counted under {@link OTHER_CODE}. */
const MAX_ERROR_GROUPS = 200;

/** Code and name of the group that takes what no longer has one of its own. */
const OTHER_CODE = 'OTHER';

type Group = { -readonly [K in keyof ErrorGroup]: ErrorGroup[K] };

/** Counts failures by kind, with the first example of each. Its size is bounded, whatever a scenario throws. */
export class ErrorTally {
  readonly #groups = new Map<string, Group>();

  add(error: ErrorGroup): void {
    const key = errorKey(error);
    const group = this.#groups.get(key);
    if (group !== undefined) {
      group.count += error.count;
    } else if (this.#groups.size < MAX_ERROR_GROUPS || error.code === OTHER_CODE) {
      this.#groups.set(key, { ...error });
    } else {
      this.add({ ...error, code: OTHER_CODE, name: '' });
    }
  }

  /** The groups so far. */
  groups(): ErrorGroup[] {
    return [...this.#groups.values()];
  }

  /** The groups so far; starts afresh. */
  cut(): ErrorGroup[] {
    const groups = this.groups();
    this.#groups.clear();
    return groups;
  }
}
