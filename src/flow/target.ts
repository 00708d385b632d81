import type { ImageRef } from '../image/index.ts';
import { formatReference, parseReference } from '../registry/index.ts';

/** An image to ask a registry for. */
export interface Target {
  readonly repository: string;
  /** What goes into the URL: a tag, or a digest. */
  readonly reference: string;
  /** Whether `reference` is a digest. */
  readonly byDigest: boolean;
  /** As people write it: `team/app:1.0`. */
  readonly text: string;
}

/**
 * Reads what a scenario names an image by. In text a digest counts before a tag, as in docker; an {@link ImageRef} is taken by its tag
 * where it has one, because that is what clients pull. With neither, the tag is `latest`.
 */
export function targetOf(ref: string | ImageRef): Target {
  const parsed = typeof ref === 'string' ? parseReference(ref) : ref;
  const digest = typeof ref === 'string' || ref.tag === undefined ? parsed.digest : undefined;
  if (digest !== undefined)
    return { repository: parsed.repository, reference: digest, byDigest: true, text: `${parsed.repository}@${digest}` };
  const tag = parsed.tag ?? 'latest';
  return { repository: parsed.repository, reference: tag, byDigest: false, text: formatReference({ repository: parsed.repository, tag }) };
}
