import type { VU } from '../../../src/flow/index.ts';
import { NO_PROXIES } from '../../../src/http/index.ts';
import { createRecorder, type Recorder } from '../../../src/measure/index.ts';
import type { RunPlan } from '../../../src/plan/index.ts';
import type { RunHooks } from '../../../src/run/index.ts';
import { makeContext } from '../../../src/run/make-context.ts';
import { Scopes } from '../../../src/run/scopes.ts';
import { Stopper } from '../../../src/run/stopper.ts';
import { VirtualUser } from '../../../src/run/virtual-user.ts';
import { atEnd } from '../../support/at-end.ts';
import { plan } from '../../support/records.ts';

/** Hooks that hear nothing of a run and never end it. */
export function silentHooks(fields: Partial<RunHooks> = {}): RunHooks {
  const never = new AbortController().signal;
  return {
    log: { debug() {}, info() {}, warn() {}, error() {} },
    credentials: undefined,
    proxy: NO_PROXIES,
    tls: { ca: undefined, cert: undefined, key: undefined, insecureSkipVerify: false },
    version: '0.0.0',
    stopping: never,
    signal: never,
    defect: never,
    onPreflight() {},
    onStart() {},
    onStage() {},
    onInterval() {},
    onInterrupt() {},
    onJournal() {},
    ...fields,
  };
}

/** A VU with what it records and what ends its run. */
export interface RunVu {
  readonly vu: VirtualUser;
  readonly recorder: Recorder;
  readonly stopper: Stopper;
  /** Errors that iterations threw. */
  readonly thrown: unknown[];
}

/** A VU of a run against the registry at `url`, with a plan of these fields. Its connections are closed when the test file is done. */
export function runVu(url: string, fields: Partial<RunPlan>, fn: (vu: VU) => unknown, hooks: Partial<RunHooks> = {}): RunVu {
  const recorder = createRecorder();
  const stopper = new Stopper();
  const thrown: unknown[] = [];
  const context = makeContext({
    plan: plan({ ...fields, target: { ...plan().target, ...fields.target, registry: url } }),
    hooks: silentHooks(hooks),
    runId: 'vu-test',
    baseUrl: url,
    scenarioPath: '/nowhere/scenario.ts',
    observer: recorder,
    stopper,
    pushed() {},
  });
  const vu = new VirtualUser({
    context,
    scopes: new Scopes('run', 'default', { team: 'a' }),
    scenario: 'default',
    executor: 'per-vu-iterations',
    scenarioState: { startedAt: 0, progress: () => 0 },
    index: 0,
    env: {},
    fn,
    data: undefined,
    randomByScenarioIteration: false,
    onException: (error) => thrown.push(error),
  });
  atEnd(() => vu.close());
  return { vu, recorder, stopper, thrown };
}
