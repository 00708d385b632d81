import type { BuiltImage } from '../../image/index.ts';
import { type Descriptor, MEDIA_TYPES, parseManifest, referrersTag } from '../../registry/index.ts';
import type { VU } from '../vu.ts';

/**
 * Lists an artifact under the referrers tag of its subject, as clients have to where the registry did not say that it does so by itself
 * (distribution-spec, "Pushing Manifests with Subject"). Two clients that do this at once for one subject can lose an entry: the protocol has
 * nothing against that.
 */
export async function keepReferrersTag(vu: VU, repository: string, image: BuiltImage): Promise<void> {
  const { subject, manifest } = image;
  if (subject === undefined) return;
  const { manifests, source } = await vu.registry.referrers.list(repository, subject.digest);
  if (source === 'api' || manifests.some(({ digest }) => digest === manifest.digest)) return;
  const index = { schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests: [...manifests, entryOf(image)] };
  await vu.registry.manifests.put(repository, referrersTag(subject.digest), Buffer.from(JSON.stringify(index)), MEDIA_TYPES.ociIndex);
}

/** What a list of referrers says of an artifact. */
function entryOf({ manifest }: BuiltImage): Descriptor {
  const { mediaType, digest, bytes } = manifest;
  const read = parseManifest(bytes, mediaType);
  if (read.kind === 'schema1') return { mediaType, digest, size: bytes.length };
  const { annotations } = read;
  const artifactType = read.artifactType ?? (read.kind === 'image' ? read.config.mediaType : undefined);
  return {
    mediaType,
    digest,
    size: bytes.length,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}
