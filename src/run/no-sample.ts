import type { Tags, Threshold, TotalRow } from '../measure/index.ts';
import { didYouMean } from '../scenario/index.ts';

/** Values of a tag that a message lists. */
const LISTED = 8;

/** A series as far as it matters here: its metric and tags. */
type Series = Pick<TotalRow, 'metric' | 'tags'>;

/**
 * Why a threshold has nothing to judge, in words: the metric got no sample at all, or its tags name what is not there, with the name that was
 * probably meant.
 */
export function whyNoSample({ metric, tags }: Pick<Threshold, 'metric' | 'tags'>, series: readonly Series[]): string {
  const never = 'never got a sample';
  const known = series.filter((one) => one.metric === metric).map((one) => one.tags);
  if (known.length === 0 || Object.keys(tags).length === 0) return never;
  const faults = Object.entries(tags).flatMap(([name, value]) => faultOf(name, value, known));
  if (faults.length > 0) return `${never}: ${faults.join('; ')}`;
  const together = known.some((own) => hasAll(own, tags));
  return together ? `${never} after the warm-up` : `${never}: no series of ${metric} has all of these tags`;
}

/** For a counter, which is 0 without a sample: said only where its tags are probably misspelt. */
export function whyZero(threshold: Pick<Threshold, 'metric' | 'tags'>, series: readonly Series[]): string | undefined {
  const why = whyNoSample(threshold, series);
  return why.includes('did you mean') ? `counts as 0, for it ${why}` : undefined;
}

function faultOf(name: string, value: string, known: readonly Tags[]): string[] {
  const values = [...new Set(known.map((tags) => tags[name]).filter((own) => own !== undefined))].toSorted();
  if (values.includes(value)) return [];
  if (values.length === 0) {
    const names = [...new Set(known.flatMap((tags) => Object.keys(tags)))].toSorted();
    return [`no series has a tag '${name}' (${didYouMean(name, names) ?? `tags are ${names.join(', ')}`})`];
  }
  const listed = values.length > LISTED ? `${values.slice(0, LISTED).join(', ')} and ${values.length - LISTED} more` : values.join(', ');
  return [`no series has ${name} '${value}' (${didYouMean(value, values) ?? `there is ${listed}`})`];
}

function hasAll(tags: Tags, wanted: Tags): boolean {
  return Object.entries(wanted).every(([name, value]) => tags[name] === value);
}
