import { flow, type FlowOutcome } from './flow.ts';
import { collect, type ListOptions, pageOf } from './list.ts';
import type { VU } from './vu.ts';

/** Tags of a repository, as far as they arrived. */
export interface ListTagsResult extends FlowOutcome {
  readonly tags: readonly string[];
}

/** Lists the tags of a repository, page by page. */
export async function listTags(vu: VU, repository: string, options: ListOptions = {}): Promise<ListTagsResult> {
  const tags: string[] = [];
  const { ok, code, message, durationMs } = await flow(vu, 'listTags', (inner) =>
    collect(inner.registry.tags.all(repository, pageOf(options)), options, tags),
  );
  return { ok, code, message, durationMs, tags };
}
