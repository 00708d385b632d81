import { type Logger, messageOf } from '../base/index.ts';
import type { LoadedScenario } from '../scenario/index.ts';

/** The same exception is shown once, and this many different ones. */
const MOST = 10;

/** Shows what iterations throw. A scenario that throws does so in every one: the rest is in the report's errors. */
export class ShownExceptions {
  readonly #loaded: Pick<LoadedScenario, 'userStack'>;
  readonly #log: Logger;
  readonly #shown = new Set<string>();

  constructor(loaded: Pick<LoadedScenario, 'userStack'>, log: Logger) {
    this.#loaded = loaded;
    this.#log = log;
  }

  /** Shows an error unless its message was shown before. */
  show(error: unknown): void {
    const message = error instanceof Error ? `${messageOf(error.name)}: ${messageOf(error)}` : messageOf(error);
    if (this.#shown.has(message) || this.#shown.size >= MOST) return;
    this.#shown.add(message);
    const [where, ...callers] = this.#loaded.userStack(error);
    const place = where === undefined ? '' : ` at ${[where, ...callers].join(', called from ')}`;
    this.#log.error(`an iteration threw ${message}${place} (counted from here on, not repeated)`);
  }
}
