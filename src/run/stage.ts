import { LoadregError, messageOf } from '../base/index.ts';
import type { VU } from '../flow/index.ts';
import type { FailureCause } from '../record/index.ts';
import { Scopes } from './scopes.ts';
import type { SliceContext } from './slice-context.ts';
import { type CallResult, VirtualUser } from './virtual-user.ts';
import { TestAborted } from './vu-exec.ts';

/** How a stage before or after the load ended. */
export type StageResult =
  | { readonly state: 'done'; readonly value: unknown; readonly ms: number }
  | { readonly state: 'failed'; readonly cause: FailureCause; readonly reason: string; readonly ms: number }
  /** The run was ended while the stage ran. */
  | { readonly state: 'aborted'; readonly ms: number };

/** What a stage is made of. */
export interface StageOptions {
  readonly name: 'setup' | 'teardown';
  readonly context: SliceContext;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
  /** Aborts when the run is to end at once. */
  readonly signal: AbortSignal;
  /** Where in the user's files an error came from. */
  readonly frame: (error: unknown) => string | undefined;
  readonly fn: (vu: VU) => unknown;
}

/** Runs setup or teardown in a VU of its own, with a time limit; its traffic is recorded under its own stage. Never rejects. */
export async function runStage(options: StageOptions): Promise<StageResult> {
  const { name, context } = options;
  const startedAt = context.clock.now();
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), Math.min(options.timeoutMs, 2_147_483_647)); // the longest that Node.js has
  const vu = new VirtualUser({
    context,
    scopes: new Scopes(name, '', {}),
    scenario: name,
    executor: '',
    scenarioState: { startedAt: context.clock.wallTime(), progress: () => 0 },
    index: -1,
    env: options.env,
    fn: () => {},
    data: undefined,
    randomByScenarioIteration: false,
    onException: () => {},
  });
  let result: CallResult;
  try {
    result = await vu.call(() => options.fn(vu.view('')), AbortSignal.any([options.signal, timeout.signal]));
  } finally {
    clearTimeout(timer);
    await vu.close();
  }
  const ms = context.clock.now() - startedAt;
  if (result.state === 'done') return { ...result, ms };
  if (result.state === 'threw' && !(result.error instanceof TestAborted))
    return { state: 'failed', ms, ...blame(name, result.error, options.frame) };
  if (timeout.signal.aborted && !options.signal.aborted) {
    return { state: 'failed', ms, cause: `${name}-timeout`, reason: `${name}() took longer than ${options.timeoutMs} ms` };
  }
  return { state: 'aborted', ms };
}

function blame(name: 'setup' | 'teardown', error: unknown, frame: StageOptions['frame']): { cause: FailureCause; reason: string } {
  const where = frame(error);
  const hint = error instanceof LoadregError && error.hint !== undefined ? ` (${error.hint})` : '';
  return { cause: `${name}-exception`, reason: `${name}() threw: ${messageOf(error)}${hint}${where === undefined ? '' : ` at ${where}`}` };
}
