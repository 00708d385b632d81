import type { Tags } from './snapshot.ts';

/** A metric, and tags that its series must have. */
export interface Selector {
  readonly metric: string;
  readonly tags: Tags;
}

/** `tag:value` at the beginning of a list: a quoted value may hold commas, a bare one may hold colons (`group:::login`). */
const PAIR = /^\s*(?:"([^"]*)"|'([^']*)'|([^:,]*?))\s*:\s*(?:"([^"]*)"|'([^']*)'|([^,]*?))\s*(?:,|$)/;

/** A metric and tags from `name{tag:value,tag2:value2}`; undefined when the text is no such thing. */
export function parseSelector(text: string): Selector | undefined {
  const match = /^\s*([A-Za-z_][A-Za-z0-9_]*)\s*(?:\{(.*)\})?\s*$/.exec(text);
  if (match === null) return undefined;
  const tags: Record<string, string> = {};
  let rest = match[2] ?? '';
  while (rest.trim() !== '') {
    const pair = PAIR.exec(rest);
    const name = pair?.[1] ?? pair?.[2] ?? pair?.[3] ?? '';
    if (pair === null || name === '') return undefined;
    tags[name] = pair[4] ?? pair[5] ?? pair[6] ?? '';
    rest = rest.slice(pair[0].length);
  }
  return { metric: match[1] as string, tags };
}
