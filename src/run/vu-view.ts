import type { Logger, Random } from '../base/index.ts';
import type { Exec, VU, VuInternals, VuRequest, VuResponse } from '../flow/index.ts';
import type { Send } from '../http/index.ts';
import type { Scope } from '../measure/index.ts';
import type { RegistryClient } from '../registry/index.ts';
import type { VuRole } from './vu-role.ts';
import { sendVuRequest } from './vu-request.ts';

/** A scope with what belongs to it on a VU's connections. */
export interface Bound {
  readonly scope: Scope;
  readonly send: Send;
  readonly registry: RegistryClient;
}

/** The virtual user behind its views. */
export interface VuOwner {
  readonly role: VuRole;
  readonly exec: Exec;
  readonly random: Random;
  readonly signal: AbortSignal;
  /** For a flow within the current group. */
  bound(flow: string): Bound;
  view(flow: string): VU;
  setGroup(path: string): string;
  flowFailed(): void;
  freshHost(): void;
}

/** What a scenario and its flows see of a virtual user: the VU itself, within one flow or ('') outside of any. */
export class VuView implements VU {
  readonly #owner: VuOwner;
  readonly #flow: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
  readonly exec: Exec;
  readonly internals: VuInternals;

  constructor(owner: VuOwner, flow: string) {
    this.#owner = owner;
    this.#flow = flow;
    const { context, env } = owner.role;
    this.env = env;
    this.log = context.log;
    this.exec = owner.exec;
    this.internals = {
      settings: context.settings,
      observer: context.observer,
      shared: context.shared,
      get scope() {
        return owner.bound(flow).scope;
      },
      get send() {
        return owner.bound(flow).send;
      },
      inFlow: (name) => owner.view(name),
      setGroup: (path) => owner.setGroup(path),
      flowFailed: () => owner.flowFailed(),
      freshHost: () => owner.freshHost(),
      pushed: context.pushed,
    };
  }

  get random(): Random {
    return this.#owner.random;
  }

  get signal(): AbortSignal {
    return this.#owner.signal;
  }

  get registry(): RegistryClient {
    return this.#owner.bound(this.#flow).registry;
  }

  request(request: VuRequest): Promise<VuResponse> {
    return sendVuRequest(this.registry, request);
  }
}
