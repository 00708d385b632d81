import { keyedRandom, systemClock } from '../base/index.ts';
import type { PushedManifest, VU, VuInternals } from '../flow/index.ts';
import type { Observer, Scope } from '../measure/index.ts';

const SCOPE: Scope = { stage: 'run', scenario: '', flow: '', group: '', tags: {} };

/** An observer that keeps nothing. */
export const SILENT: Observer = {
  exchange: () => {},
  flow: () => {},
  lag: () => {},
  iteration: () => {},
  exception: () => {},
  group: () => {},
  check: () => {},
  count: () => {},
  retryWait: () => {},
  blobThroughput: () => {},
  custom: () => {},
};

/** What the VU of a session is made of. */
export interface VuParts
  extends Pick<VuInternals, 'settings' | 'observer' | 'send' | 'freshHost'>,
    Pick<VU, 'registry' | 'signal' | 'log'> {
  readonly pushed: PushedManifest[];
}

/** Enough of a VU for the flows `pull()` and `push()` outside of any run. */
export function sessionVu({ registry, send, settings, observer, signal, log, pushed, freshHost }: VuParts): VU {
  const startedAt = systemClock.now();
  const vu: VU = {
    env: {},
    random: keyedRandom(settings.seed),
    registry,
    signal,
    log,
    exec: {
      scenario: { name: '', executor: '', startTime: 0, progress: 0, iterationInInstance: 0, iterationInTest: 0 },
      vu: { idInInstance: 1, idInTest: 1, iterationInInstance: 0, iterationInScenario: 0, metrics: { tags: {} } },
      instance: {
        vusActive: 1,
        vusInitialized: 1,
        iterationsCompleted: 0,
        iterationsInterrupted: 0,
        get currentTestRunDuration() {
          return systemClock.now() - startedAt;
        },
      },
      test: {
        abort(message = 'test.abort() was called'): never {
          throw new Error(message);
        },
        fail: () => {},
        options: {},
      },
    },
    request: () => Promise.reject(new Error('a session has no requests of its own')),
    internals: {
      settings,
      observer,
      scope: SCOPE,
      iteration: { lagUs: undefined, flowsUnderWay: 0 },
      send,
      inFlow: () => vu,
      setGroup: () => '',
      freshHost,
      flowFailed: () => {},
      pushed: (what) => void pushed.push(what),
      shared: new Map(),
    },
  };
  return vu;
}
