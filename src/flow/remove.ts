import type { ImageRef } from '../image/index.ts';
import { flow, type FlowOutcome } from './flow.ts';
import { targetOf } from './target.ts';
import type { VU } from './vu.ts';

/** How a removal ended. */
export interface RemoveResult extends FlowOutcome {
  /** As asked for: `team/app:1.0` or `team/app@sha256:…`. */
  readonly reference: string;
}

/** How {@link remove} goes about it. */
export interface RemoveOptions {
  /**
   * `tag`: DELETE by the tag, which leaves the manifest (some registries refuse it). `manifest`: HEAD for the digest, then DELETE by it, which
   * removes every tag of that manifest. A reference with a digest is always deleted by it. Default `manifest`.
   */
  readonly by?: 'manifest' | 'tag';
}

/** Deletes an image's manifest or tag. Registries with deletion switched off answer `UNSUPPORTED`. */
export async function remove(vu: VU, ref: string | ImageRef, options: RemoveOptions = {}): Promise<RemoveResult> {
  const target = targetOf(ref);
  const { ok, code, message, durationMs } = await flow(vu, 'remove', async ({ registry: { manifests } }) => {
    let { reference } = target;
    if (!target.byDigest && options.by !== 'tag') reference = (await manifests.head(target.repository, reference)).digest ?? reference;
    await manifests.delete(target.repository, reference);
  });
  return { ok, code, message, durationMs, reference: target.text };
}
