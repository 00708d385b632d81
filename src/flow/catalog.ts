import { flow, type FlowOutcome } from './flow.ts';
import { collect, type ListOptions, pageOf } from './list.ts';
import type { VU } from './vu.ts';

/** Repositories of the registry, as far as they arrived. */
export interface CatalogResult extends FlowOutcome {
  readonly repositories: readonly string[];
}

/** Lists the repositories of the registry, page by page. */
export async function catalog(vu: VU, options: ListOptions = {}): Promise<CatalogResult> {
  const repositories: string[] = [];
  const { ok, code, message, durationMs } = await flow(vu, 'catalog', (inner) =>
    collect(inner.registry.catalog.all(pageOf(options)), options, repositories),
  );
  return { ok, code, message, durationMs, repositories };
}
