/** What an open load saw of its VUs. Counts are those of the whole plan as far as one slice can tell. */
export interface VuUse {
  readonly preAllocatedVUs: number;
  readonly maxVUs: number;
  /** Most VUs at work at once. */
  readonly peak: number;
  /** Iterations that found no VU free at `maxVUs`: they were dropped, or started late. */
  readonly without: number;
  readonly onNoVU: 'drop' | 'queue';
  /** Highest planned rate, iterations/s. */
  readonly peakRate: number;
  /** Mean length of the iterations that ended, s; 0 when none did. */
  readonly meanSeconds: number;
}

/**
 * What to change when there were too few VUs, or undefined when there were enough. Where some were missing to the end, the number that would do is Little's law
 * (rate × mean time) and three standard deviations of the Poisson distribution that busy VUs then have.
 */
export function vuAdvice(use: VuUse): string | undefined {
  const { preAllocatedVUs, maxVUs, peak, without, onNoVU, peakRate, meanSeconds } = use;
  if (without > 0) {
    const mean = peakRate * meanSeconds;
    const enough = Math.max(maxVUs + 1, Math.ceil(mean + 3 * Math.sqrt(mean)));
    const what = onNoVU === 'drop' ? 'were dropped' : 'started late or never';
    return (
      `${without} iterations ${what}, because all of maxVUs: ${maxVUs} were at work; ` +
      `preAllocatedVUs: ${enough} would do for ${peakRate.toFixed(2)} iterations/s of ${seconds(meanSeconds)} each`
    );
  }
  if (peak <= preAllocatedVUs) return undefined;
  return `up to ${peak} VUs were at work at once, and preAllocatedVUs is ${preAllocatedVUs}: the others were made on the way; preAllocatedVUs: ${peak} would do`;
}

function seconds(s: number): string {
  return s < 1 ? `${Number((s * 1000).toPrecision(3))}ms` : `${Number(s.toPrecision(3))}s`;
}
