import type { ImageRef } from '../image/index.ts';
import {
  isDigest,
  isForeignLayer,
  MEDIA_TYPES,
  parseManifest,
  type Descriptor,
  type ImageManifest,
  type Platform,
  type Schema1Manifest,
} from '../registry/index.ts';
import { FlowError } from './failure.ts';
import { flow, type FlowOutcome } from './flow.ts';
import { choosePlatform } from './platform.ts';
import { targetOf, type Target } from './target.ts';
import { eachAtMost, observeThroughput } from './transfer.ts';
import { failOnMismatch, verification, verifyMode } from './verify.ts';
import type { VerifyPolicy, VU } from './vu.ts';

/** How {@link pull} goes about it. */
export interface PullOptions {
  /** `manifest`: what a client does that has every layer already. Default `all`. */
  readonly only?: 'all' | 'manifest';
  /** Ask for the digest with HEAD before the GET, as docker does. Default true. */
  readonly head?: boolean;
  /** Which image of an index. Default `linux/amd64`. */
  readonly platform?: Platform | `${string}/${string}`;
  /** Default: the run's own (`--verify`). */
  readonly verify?: VerifyPolicy;
}

/** What a pull brought. On a failure the fields hold what was known by then. */
export interface PullResult extends FlowOutcome {
  /** As asked for: `team/app:1.0`. */
  readonly reference: string;
  /** Digest of the manifest of the platform; '' when it never arrived. */
  readonly digest: string;
  readonly mediaType: string;
  /** Undefined for schema 1 images, which have none. */
  readonly config: Descriptor | undefined;
  /** Base first, each once. Sizes of schema 1 layers are those that arrived. */
  readonly layers: readonly Descriptor[];
  /** Bytes of manifests and blobs that arrived whole. */
  readonly bytes: number;
}

/** Indexes on the way to an image; a registry that nests deeper, or in a circle, is refused. */
const DEEPEST_INDEX = 4;

type Progress = { -readonly [K in 'digest' | 'mediaType' | 'config' | 'layers' | 'bytes']: PullResult[K] };

/**
 * One `docker pull` without the disk: the manifest by tag, the image of the platform where it is an index, the config, then the layers, three
 * at once. Every blob is checked by the run's verify policy. `ref` is text (`team/app:1.0`, `team/app@sha256:…`) or an image from
 * `images.seed()`, `images.fromList()` and the like, which is pulled by its tag.
 *
 * A pull that fails is a result with `ok: false` and a code: `MANIFEST_UNKNOWN`, `DIGEST_MISMATCH`, `SIZE_MISMATCH`, `BODY_TRUNCATED`,
 * `PLATFORM_NOT_FOUND`, `HTTP_503`, `ECONNRESET`, …
 */
export async function pull(vu: VU, ref: string | ImageRef, options: PullOptions = {}): Promise<PullResult> {
  const target = targetOf(ref);
  const pulled: Progress = { digest: '', mediaType: '', config: undefined, layers: [], bytes: 0 };
  const { ok, code, message, durationMs } = await flow(vu, 'pull', (inner) => pullImage(inner, target, options, pulled));
  return { ok, code, message, durationMs, reference: target.text, ...pulled };
}

async function pullImage(vu: VU, target: Target, options: PullOptions, pulled: Progress): Promise<void> {
  const manifest = await pullManifest(vu, target, options, pulled);
  // Schema 1 names its layers top first, many of them twice, and says no sizes.
  const sized = manifest.kind === 'image';
  const layers: Descriptor[] = distinct(sized ? manifest.layers : manifest.fsLayers.map(schema1Layer).toReversed());
  pulled.config = sized ? manifest.config : undefined;
  pulled.layers = layers;
  if (options.only === 'manifest') return;

  if (pulled.config !== undefined) await pullBlob(vu, target.repository, pulled.config, sized, options, pulled);
  await eachAtMost(vu.internals.settings.layerConcurrency, layers, async (layer, index) => {
    if (isForeignLayer(layer.mediaType)) return;
    const bytes = await pullBlob(vu, target.repository, layer, sized, options, pulled);
    if (!sized) layers[index] = { ...layer, size: bytes };
  });
}

/** HEAD for the digest, GET by that digest, and from an index on to the image of the platform. */
async function pullManifest(vu: VU, target: Target, options: PullOptions, pulled: Progress): Promise<ImageManifest | Schema1Manifest> {
  const { manifests } = vu.registry;
  let reference = target.reference;
  if (!target.byDigest && options.head !== false) {
    const info = await manifests.head(target.repository, reference);
    if (info.digest !== undefined && isDigest(info.digest)) reference = info.digest;
  }
  for (let depth = 0; depth <= DEEPEST_INDEX; depth += 1) {
    const content = await manifests.get(target.repository, reference);
    failOnMismatch(content.mismatch);
    const manifest = parseManifest(content.bytes, content.mediaType);
    pulled.bytes += content.bytes.length;
    // The digest of a signed schema 1 manifest is that of its payload, so only the registry can tell it.
    pulled.digest = manifest.kind === 'schema1' ? (content.headerDigest ?? content.digest) : content.digest;
    pulled.mediaType = content.mediaType;
    if (manifest.kind !== 'index') return manifest;
    reference = choosePlatform(manifest, options.platform ?? 'linux/amd64').digest;
  }
  throw new FlowError('INDEX_TOO_DEEP', `${target.text} leads through more than ${DEEPEST_INDEX} indexes`);
}

/** Fetches and checks one blob; returns the bytes that arrived. */
async function pullBlob(
  vu: VU,
  repository: string,
  blob: Descriptor,
  sized: boolean,
  options: PullOptions,
  pulled: Progress,
): Promise<number> {
  const mode = verifyMode(vu, options.verify ?? vu.internals.settings.verify, blob.digest);
  const size = sized ? { size: blob.size } : {};
  const content = await vu.registry.blobs.get(repository, blob.digest, { ...size, ...verification(mode, blob.digest, size.size) });
  failOnMismatch(content.mismatch);
  pulled.bytes += content.bytes;
  observeThroughput(vu, 'blob_get', content.bytes, content.phases);
  return content.bytes;
}

function schema1Layer(digest: string): Descriptor {
  return { mediaType: MEDIA_TYPES.dockerLayerGzip, digest, size: 0 };
}

/** Each digest once: a client downloads a layer that an image names twice only once. */
function distinct(layers: readonly Descriptor[]): Descriptor[] {
  return [...new Map(layers.map((layer) => [layer.digest, layer])).values()];
}
