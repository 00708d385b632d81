import type { Logger, Random } from '../base/index.ts';
import type { Exec, Iteration, PushedManifest, VU, VuInternals, VuRequest, VuResponse } from '../flow/index.ts';
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
  /** Under way, or the last one. */
  readonly iteration: Iteration;
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
  readonly internals: VuInternals;

  constructor(owner: VuOwner, flow: string) {
    this.#owner = owner;
    this.#flow = flow;
    this.internals = new ViewInternals(owner, flow);
  }

  get env(): Readonly<Record<string, string | undefined>> {
    return this.#owner.role.env;
  }

  get log(): Logger {
    return this.#owner.role.context.log;
  }

  get exec(): Exec {
    return this.#owner.exec;
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

/** A class, and no object with getters of its own, because that takes 1 KiB for each VU and flow. */
class ViewInternals implements VuInternals {
  readonly #owner: VuOwner;
  readonly #flow: string;

  constructor(owner: VuOwner, flow: string) {
    this.#owner = owner;
    this.#flow = flow;
  }

  get settings(): VuInternals['settings'] {
    return this.#owner.role.context.settings;
  }

  get observer(): VuInternals['observer'] {
    return this.#owner.role.context.observer;
  }

  get shared(): VuInternals['shared'] {
    return this.#owner.role.context.shared;
  }

  get scope(): Scope {
    return this.#owner.bound(this.#flow).scope;
  }

  get iteration(): Iteration {
    return this.#owner.iteration;
  }

  get send(): Send {
    return this.#owner.bound(this.#flow).send;
  }

  inFlow(name: string): VU {
    return this.#owner.view(name);
  }

  setGroup(path: string): string {
    return this.#owner.setGroup(path);
  }

  flowFailed(): void {
    this.#owner.flowFailed();
  }

  freshHost(): void {
    this.#owner.freshHost();
  }

  pushed(what: PushedManifest): void {
    this.#owner.role.context.pushed(what);
  }
}
