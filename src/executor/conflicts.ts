import type { ConstantArrivalRate, RampingArrivalRate, RampingVus, SharedIterations } from './options.ts';
import { lengthOf, type Stage } from './stages.ts';

/** Options that are each valid by themselves and not together: the one to change, what is wrong, and what would work. */
export interface Conflict {
  /** The option, with the place within it: `stages[1].target`. */
  readonly key: string;
  readonly what: string;
  readonly fix: string;
}

/** No machine starts more; a rate above it is a slip of the finger. */
const MOST_PER_SECOND = 1_000_000;
const SHORTEST_RAMP_MS = 1_000;

/** Conflicts of `shared-iterations`. */
export function checkShared({ iterations, vus }: SharedIterations): readonly Conflict[] {
  if (iterations >= vus) return [];
  return [
    {
      key: 'iterations',
      what: `${iterations} iterations cannot be shared among ${vus} VUs`,
      fix: `at least ${vus} iterations, or at most ${iterations} VUs`,
    },
  ];
}

/** Conflicts of `ramping-vus`. */
export function checkRampingVus({ startVUs, stages, warmupMs }: RampingVus, mostVus: number): readonly Conflict[] {
  const conflicts = checkRamp(stages, 'startVUs', startVUs, warmupMs);
  stages.forEach(({ target }, i) => {
    if (target > mostVus)
      conflicts.push({ key: `stages[${i}].target`, what: `${target} is no valid target`, fix: `at most ${mostVus} VUs` });
  });
  return conflicts;
}

/** Conflicts of `constant-arrival-rate`. */
export function checkConstantRate(options: ConstantArrivalRate): readonly Conflict[] {
  return [...checkVus(options), ...checkRate('rate', options.rate, options.timeUnitMs)];
}

/** Conflicts of `ramping-arrival-rate`. */
export function checkRampingRate(options: RampingArrivalRate): readonly Conflict[] {
  const { startRate, stages, timeUnitMs, warmupMs } = options;
  return [
    ...checkVus(options),
    ...checkRamp(stages, 'startRate', startRate, warmupMs),
    ...checkRate('startRate', startRate, timeUnitMs),
    ...stages.flatMap(({ target }, i) => checkRate(`stages[${i}].target`, target, timeUnitMs)),
  ];
}

function checkVus({ preAllocatedVUs, maxVUs }: { preAllocatedVUs: number; maxVUs: number }): Conflict[] {
  if (maxVUs >= preAllocatedVUs) return [];
  return [
    {
      key: 'maxVUs',
      what: `${maxVUs} is less than the ${preAllocatedVUs} of preAllocatedVUs`,
      fix: `at least ${preAllocatedVUs}, or leave it out`,
    },
  ];
}

function checkRate(key: string, rate: number, timeUnitMs: number): Conflict[] {
  const perSecond = (rate * 1000) / timeUnitMs;
  if (perSecond <= MOST_PER_SECOND) return [];
  return [{ key, what: `${perSecond} iterations/s are more than any machine starts`, fix: `at most ${MOST_PER_SECOND} a second` }];
}

/** Conflicts of a ramp that begins with `start`, the value of option `key`. */
function checkRamp(stages: readonly Stage[], key: string, start: number, warmupMs: number): Conflict[] {
  const conflicts: Conflict[] = [];
  if (start === 0 && stages.every(({ target }) => target === 0)) {
    conflicts.push({ key: 'stages', what: `${key} and every target are 0: nothing would ever run`, fix: 'a target above 0' });
  } else if (lengthOf(stages) < SHORTEST_RAMP_MS) {
    conflicts.push({ key: 'stages', what: `the stages take ${lengthOf(stages)} ms together`, fix: 'at least 1s' });
  }
  if (start === 0 && warmupMs > 0) {
    conflicts.push({ key, what: `the warm-up runs at ${key}, which is 0`, fix: `a ${key} of at least 1, or no warm-up` });
  }
  return conflicts;
}
