import { EXECUTORS, type ExecutorName, isExecutorName } from '../executor/index.ts';

/** The shortcuts for a load: k6's `vus`, `duration` (ms here), `iterations` and `stages`, and two for arrival rates. */
export interface Shape {
  readonly vus?: number | undefined;
  readonly duration?: number | undefined;
  readonly iterations?: number | undefined;
  /** As users write them in a file; looked at elsewhere. */
  readonly stages?: readonly unknown[] | undefined;
  /** Iterations/s. */
  readonly rate?: number | undefined;
  readonly maxVus?: number | undefined;
}

/** Every shortcut, in the order in which messages name them. */
export const SHORTCUTS = ['vus', 'duration', 'iterations', 'stages', 'rate', 'maxVus'] as const satisfies (keyof Shape)[];

/** A scenario's options as users write them, and where each of them stands. */
export interface Draft {
  readonly name: string;
  /** `options.scenarios.mix`. */
  readonly where: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** Where an option stands that was not written in the scenario itself: `--vus`. */
  readonly origins: Readonly<Record<string, string>>;
}

/** Where the parts of a shape stand. */
export type ShapeOrigins = { readonly [K in keyof Shape]?: string | undefined };

/** VUs that a bare rate has at the start: enough for iterations of a second. */
const MOST_PREALLOCATED = 1_000;

/** The scenario that shortcuts stand for, as in k6 2.1: `default`. */
export function draftFromShortcuts(shape: Shape, origins: ShapeOrigins): Draft {
  const { vus, duration, iterations, stages, rate, maxVus } = shape;
  const draft = (options: Record<string, unknown>, moved: Record<string, string | undefined> = {}): Draft => ({
    name: 'default',
    where: 'options',
    options: present(options),
    origins: present({ ...origins, ...moved }) as Record<string, string>,
  });
  if (stages !== undefined) return draft({ executor: 'ramping-vus', startVUs: vus, stages }, { startVUs: origins.vus });
  if (iterations !== undefined) {
    return draft({ executor: 'shared-iterations', vus, iterations, maxDuration: duration }, { maxDuration: origins.duration });
  }
  if (rate !== undefined) {
    const options = {
      executor: 'constant-arrival-rate',
      rate,
      duration,
      preAllocatedVUs: vus ?? preAllocatedFor(rate, maxVus),
      maxVUs: maxVus,
    };
    return draft(options, { preAllocatedVUs: origins.vus, maxVUs: origins.maxVus });
  }
  if (duration !== undefined) return draft({ executor: 'constant-vus', vus, duration });
  // One iteration for each VU, or most of them would have nothing to do.
  if (vus !== undefined) return draft({ executor: 'shared-iterations', vus, iterations: vus });
  return draft({ executor: 'per-vu-iterations', vus: 1, iterations: 1 });
}

/** Options of every scenario, whatever its executor. */
const COMMON = ['startTime', 'exec', 'env', 'tags'];

/**
 * A scenario under another load: each shortcut goes into the option of this name, and the executor is replaced only where it
 * has no such option. An open load stays open, and a ramp becomes its highest level. `notes` say what became of what.
 */
export function reshape(draft: Draft, shape: Shape, origins: ShapeOrigins): { draft: Draft; replaced: boolean; notes: readonly string[] } {
  const executor = draft.options['executor'];
  if (typeof executor !== 'string' || !isExecutorName(executor)) return { draft, replaced: false, notes: [] }; // reported elsewhere
  const notes: string[] = [];
  const [becomes, because] = replacement(executor, shape);
  let options: Record<string, unknown> = { ...draft.options };
  if (becomes !== executor) {
    options = { ...highest(executor, becomes, options), ...only(options, [...COMMON, ...keysOf(becomes)]), executor: becomes };
    notes.push(`scenario ${draft.name}: ${origins[because]} replaces its executor ${executor} by ${becomes}`);
  }
  const moved: Record<string, string> = becomes === executor ? {} : { executor: origins[because] ?? because };
  const set = (key: string, from: keyof Shape) => {
    const value = shape[from];
    if (value === undefined) return;
    options[key] = value;
    moved[key] = origins[from] ?? from;
  };
  const vusKey = EXECUTORS[becomes].isOpen ? 'preAllocatedVUs' : becomes === 'ramping-vus' ? 'startVUs' : 'vus';
  set(vusKey, 'vus');
  if (shape.vus !== undefined && vusKey !== 'vus') notes.push(`scenario ${draft.name}: ${origins.vus} is the ${vusKey} of ${becomes}`);
  set('iterations', 'iterations');
  // Beside a number of iterations, a duration is the most that they may take, as in k6.
  set(shape.iterations === undefined ? 'duration' : 'maxDuration', 'duration');
  set('stages', 'stages');
  set('rate', 'rate');
  if (EXECUTORS[becomes].isOpen) set('maxVUs', 'maxVus');
  if (EXECUTORS[becomes].isOpen && options['preAllocatedVUs'] === undefined) {
    const { vus } = draft.options;
    options['preAllocatedVUs'] = vus ?? preAllocatedFor(Number(options['rate']), shape.maxVus);
  }
  return { draft: { ...draft, options, origins: { ...draft.origins, ...moved } }, replaced: becomes !== executor, notes };
}

/** The executor that a shape makes of another, and the shortcut that it is for. */
function replacement(executor: ExecutorName, { duration, iterations, stages, rate }: Shape): [ExecutorName, keyof Shape] {
  const takes = (key: string) => keysOf(executor).includes(key);
  const { isOpen } = EXECUTORS[executor];
  if (iterations !== undefined) return [takes('iterations') ? executor : 'shared-iterations', 'iterations'];
  if (stages !== undefined) return [takes('stages') ? executor : isOpen ? 'ramping-arrival-rate' : 'ramping-vus', 'stages'];
  if (rate !== undefined) return [takes('rate') ? executor : 'constant-arrival-rate', 'rate'];
  if (duration !== undefined && !takes('duration')) return [isOpen ? 'constant-arrival-rate' : 'constant-vus', 'duration'];
  return [executor, 'duration'];
}

/** What a ramp gives to an executor that has none, and the other way round. */
function highest(executor: ExecutorName, becomes: ExecutorName, options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { stages, startVUs, startRate, rate, vus } = options;
  if (becomes === 'ramping-vus') return present({ startVUs: vus });
  if (becomes === 'ramping-arrival-rate') return present({ startRate: rate });
  if (!Array.isArray(stages)) return {};
  const peak = Math.max(...[startVUs, startRate, ...stages.map((stage: { target?: unknown } | null) => stage?.target)].filter(isNumber));
  if (executor === 'ramping-vus' && becomes === 'constant-vus') return { vus: peak };
  return becomes === 'constant-arrival-rate' && executor === 'ramping-arrival-rate' ? { rate: peak } : {};
}

function preAllocatedFor(rate: number, maxVus = MOST_PREALLOCATED): number {
  return Math.min(rate, maxVus, MOST_PREALLOCATED);
}

function keysOf(executor: ExecutorName): string[] {
  return EXECUTORS[executor].options.map((option) => option.key);
}

function only(options: Readonly<Record<string, unknown>>, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).filter(([key]) => keys.includes(key)));
}

function present(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}
