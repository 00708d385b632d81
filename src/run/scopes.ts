import type { Scope, Stage } from '../measure/index.ts';
import type { VuTags } from './vu-tags.ts';

/**
 * The scopes of one slice, each made once and shared by all VUs: the recorder keys its caches by their identity, and thousands of VUs must not
 * have a set each.
 */
export class Scopes {
  /** Flows and groups that scenarios name; beyond so many they are one, lest a name made of a digest takes all memory. */
  static readonly #most = 1_000;
  /** By flow, then by group: a key made of both would be a new text for every request. */
  readonly #byFlow = new Map<string, Map<string, Scope>>();
  #count = 0;
  /** Those with tags of VUs, as many again. */
  readonly #byTags = new Map<string, Scope>();
  readonly #stage: Stage;
  readonly #scenario: string;
  readonly #tags: Readonly<Record<string, string>>;
  readonly #onFull: () => void;
  #full = false;

  /** `onFull` is called once, when from then on tags of VUs are left out. */
  constructor(stage: Stage, scenario: string, tags: Readonly<Record<string, string>>, onFull: () => void = () => {}) {
    this.#onFull = onFull;
    this.#stage = stage;
    this.#scenario = scenario;
    this.#tags = tags;
  }

  /** `own` are tags of the VU itself, which go before those of the scenario. */
  get(flow: string, group: string, own?: VuTags): Scope {
    if (own !== undefined && own.key !== '') return this.#tagged(flow, group, own);
    return this.#byFlow.get(flow)?.get(group) ?? this.#make(flow, group);
  }

  #make(flow: string, group: string): Scope {
    if (this.#count >= Scopes.#most && flow !== 'other') return this.get('other', '');
    const scope: Scope = { stage: this.#stage, scenario: this.#scenario, flow, group, tags: this.#tags };
    const ofFlow = this.#byFlow.get(flow) ?? new Map<string, Scope>();
    this.#byFlow.set(flow, ofFlow);
    ofFlow.set(group, scope);
    this.#count += 1;
    return scope;
  }

  #tagged(flow: string, group: string, own: VuTags): Scope {
    const key = `${flow}\0${group}\0${own.key}`;
    let scope = this.#byTags.get(key);
    if (scope === undefined) {
      if (this.#byTags.size >= Scopes.#most) {
        if (!this.#full) this.#onFull();
        this.#full = true;
        return this.get(flow, group);
      }
      scope = { ...this.get(flow, group), tags: { ...this.#tags, ...own.tags } };
      this.#byTags.set(key, scope);
    }
    return scope;
  }
}
