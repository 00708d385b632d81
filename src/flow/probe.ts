import type { ImageRef } from '../image/index.ts';
import { flow, type FlowOutcome } from './flow.ts';
import { targetOf } from './target.ts';
import type { VU } from './vu.ts';

/** What a probe found. */
export interface ProbeResult extends FlowOutcome {
  /** Digest of the manifest, as the registry says it; undefined after a ping. */
  readonly digest: string | undefined;
}

/**
 * The smallest sign of life: `GET /v2/`, or HEAD of an image's manifest when one is named, as schedulers and update checkers do.
 *
 * @example
 * await probe(vu);
 * await probe(vu, 'team/app:1.0');
 */
export async function probe(vu: VU, ref?: string | ImageRef): Promise<ProbeResult> {
  const target = ref === undefined ? undefined : targetOf(ref);
  const { value, ...outcome } = await flow(vu, 'probe', async (inner) => {
    if (target === undefined) {
      await inner.registry.ping();
      return undefined;
    }
    return (await inner.registry.manifests.head(target.repository, target.reference)).digest;
  });
  return { ...outcome, digest: value };
}
