import type { Stage } from './observation.ts';
import type { Tags } from './snapshot.ts';

/** Canonical text of a series: equal for equal series in every slice, whatever order its tags were given in. */
export function seriesKey(stage: Stage, metric: string, tags: Tags): string {
  const names = Object.keys(tags).sort();
  return JSON.stringify([stage, metric, ...names.map((name) => [name, tags[name]])]);
}

/** Whether a series has all the wanted tags. */
export function hasTags(tags: Tags, wanted: Tags): boolean {
  for (const name of Object.keys(wanted)) if (tags[name] !== wanted[name]) return false;
  return true;
}
