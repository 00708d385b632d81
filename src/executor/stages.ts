/** One stage of a ramp: a straight line to `target`, from where the one before it ended. */
export interface Stage {
  readonly durationMs: number;
  /** VUs, or iterations in each time unit. */
  readonly target: number;
}

/** A stage with both of its ends. */
export interface Leg {
  /** From the start of the ramp. */
  readonly startMs: number;
  /** 0 is a jump. */
  readonly durationMs: number;
  readonly from: number;
  readonly to: number;
}

/** Stages as legs, the first of which begins at `start`. */
export function legsOf(start: number, stages: readonly Stage[]): readonly Leg[] {
  let startMs = 0;
  let from = start;
  return stages.map(({ durationMs, target }) => {
    const leg = { startMs, durationMs, from, to: target };
    startMs += durationMs;
    from = target;
    return leg;
  });
}

/** Stages together, ms. */
export function lengthOf(stages: readonly Stage[]): number {
  return stages.reduce((sum, { durationMs }) => sum + durationMs, 0);
}

/** Stages with a level stretch of `warmupMs` before them. */
export function afterWarmup(start: number, warmupMs: number, stages: readonly Stage[]): readonly Stage[] {
  return warmupMs === 0 ? stages : [{ durationMs: warmupMs, target: start }, ...stages];
}
