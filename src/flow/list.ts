/** How far a list is read. */
export interface ListOptions {
  /** Entries a page; default: the registry's own. */
  readonly n?: number;
  /** Stop after this many entries. Default: read all pages. */
  readonly limit?: number;
}

/** Fills `into` from a list that arrives in pages. */
export async function collect(list: AsyncIterable<string>, options: ListOptions, into: string[]): Promise<void> {
  const limit = options.limit ?? Number.POSITIVE_INFINITY;
  if (limit <= 0) return;
  for await (const entry of list) {
    into.push(entry);
    if (into.length >= limit) return;
  }
}

/** The part of the options that a page request takes. */
export function pageOf(options: ListOptions): { n?: number } {
  return options.n === undefined ? {} : { n: options.n };
}
