import { EXECUTORS, isExecutorName } from '../executor/index.ts';

/** The shortcuts for a load: k6's `vus`, `duration` (ms here) and `iterations`. */
export interface Shape {
  readonly vus?: number | undefined;
  readonly duration?: number | undefined;
  readonly iterations?: number | undefined;
}

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

/** The scenario that shortcuts stand for, as in k6 2.1: `default`. */
export function draftFromShortcuts(shape: Shape, origins: ShapeOrigins): Draft {
  const { vus, duration, iterations } = shape;
  const where = 'options';
  const named = vus === undefined ? {} : { vus };
  if (iterations !== undefined) {
    const options = { executor: 'shared-iterations', ...named, iterations, ...(duration === undefined ? {} : { maxDuration: duration }) };
    return { name: 'default', where, options, origins: { ...present(origins), ...renamed(origins.duration, 'maxDuration') } };
  }
  if (duration !== undefined) {
    return { name: 'default', where, options: { executor: 'constant-vus', ...named, duration }, origins: present(origins) };
  }
  if (vus !== undefined) {
    // One iteration for each VU, or most of them would have nothing to do.
    return { name: 'default', where, options: { executor: 'shared-iterations', vus, iterations: vus }, origins: present(origins) };
  }
  return { name: 'default', where, options: { executor: 'per-vu-iterations', vus: 1, iterations: 1 }, origins: {} };
}

/** What stays when the executor of a scenario is replaced. */
const KEPT = ['vus', 'startTime', 'gracefulStop', 'exec', 'env', 'tags'];

/**
 * A scenario under another load: each shortcut goes into the option of this name, and the executor is replaced only where it
 * has no such option. `note` says what was replaced.
 */
export function reshape(draft: Draft, shape: Shape, origins: ShapeOrigins): { draft: Draft; note: string | undefined } {
  const executor = draft.options['executor'];
  if (typeof executor !== 'string' || !isExecutorName(executor)) return { draft, note: undefined }; // reported elsewhere
  const takes = (key: string) => EXECUTORS[executor].options.some((option) => option.key === key);
  const { vus, duration, iterations } = shape;
  let options: Record<string, unknown> = { ...draft.options };
  let becomes: string = executor;
  let because: string | undefined;
  if (iterations !== undefined && !takes('iterations')) [becomes, because] = ['shared-iterations', origins.iterations];
  else if (iterations === undefined && duration !== undefined && !takes('duration'))
    [becomes, because] = ['constant-vus', origins.duration];
  if (becomes !== executor) {
    options = Object.fromEntries(Object.entries(options).filter(([key]) => KEPT.includes(key)));
    options['executor'] = becomes;
  }
  const moved: Record<string, string> = {};
  const set = (key: string, value: number | undefined, origin: string | undefined) => {
    if (value === undefined) return;
    options[key] = value;
    moved[key] = origin ?? key;
  };
  set('vus', vus, origins.vus);
  set('iterations', iterations, origins.iterations);
  // Beside a number of iterations, a duration is the most that they may take, as in k6.
  set(iterations === undefined ? 'duration' : 'maxDuration', duration, origins.duration);
  const note = because === undefined ? undefined : `scenario ${draft.name}: ${because} replaces its executor ${executor} by ${becomes}`;
  return { draft: { ...draft, options, origins: { ...draft.origins, ...moved } }, note };
}

function present(origins: ShapeOrigins): Record<string, string> {
  return Object.fromEntries(Object.entries(origins).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

function renamed(origin: string | undefined, key: string): Record<string, string> {
  return origin === undefined ? {} : { [key]: origin };
}
