import type { Scope, Stage } from '../measure/index.ts';

/**
 * The scopes of one slice, each made once and shared by all VUs: the recorder keys its caches by their identity, and thousands of VUs must not
 * have a set each.
 */
export class Scopes {
  /** Flows and groups that scenarios name; beyond so many they are one, lest a name made of a digest takes all memory. */
  static readonly #most = 1_000;
  readonly #byKey = new Map<string, Scope>();
  readonly #stage: Stage;
  readonly #scenario: string;
  readonly #tags: Readonly<Record<string, string>>;

  constructor(stage: Stage, scenario: string, tags: Readonly<Record<string, string>>) {
    this.#stage = stage;
    this.#scenario = scenario;
    this.#tags = tags;
  }

  get(flow: string, group: string): Scope {
    const key = `${flow}\0${group}`;
    let scope = this.#byKey.get(key);
    if (scope === undefined) {
      if (this.#byKey.size >= Scopes.#most && flow !== 'other') return this.get('other', '');
      scope = { stage: this.#stage, scenario: this.#scenario, flow, group, tags: this.#tags };
      this.#byKey.set(key, scope);
    }
    return scope;
  }
}
