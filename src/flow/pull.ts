import type { ImageRef } from '../image/index.ts';
import {
  isDigest,
  isForeignLayer,
  MEDIA_TYPES,
  parseManifest,
  type Descriptor,
  type ImageManifest,
  type ManifestInfo,
  type Platform,
  type Schema1Manifest,
} from '../registry/index.ts';
import { arrive } from './arrive.ts';
import { type CachePolicy, cacheOf } from './blob-cache.ts';
import { FlowError, statusOf } from './failure.ts';
import { flow, type FlowOutcome } from './flow.ts';
import { choosePlatform } from './platform.ts';
import { blobHeaders, type ClientProfile, manifestOptions, type RetryRule } from './profiles/index.ts';
import { targetOf, type Target } from './target.ts';
import { allToTheirEnd, eachAtMost, observeThroughput } from './transfer.ts';
import { BlobCheck, failOnMismatch, verifyMode } from './verify.ts';
import type { VerifyPolicy, VU } from './vu.ts';
import { inTries, ResumeFailed } from './whole-tries.ts';

/** How {@link pull} goes about it. */
export interface PullOptions {
  /** `manifest`: what a client does that has every layer already. Default `all`. */
  readonly only?: 'all' | 'manifest';
  /** Ask for the digest of a tag with HEAD before the GET, as docker does. Default: as the client; `plain` does. */
  readonly head?: boolean;
  /** Which image of an index. Default `linux/amd64`. */
  readonly platform?: Platform | `${string}/${string}`;
  /** Default: the run's own (`--verify`). */
  readonly verify?: VerifyPolicy;
  /** Which blobs the host has already, so that they are not fetched. Default: the run's own (`--cache`). */
  readonly cache?: CachePolicy;
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
  /** Blobs that the host had already, and that were not fetched. */
  readonly cached: number;
}

/** Indexes on the way to an image; a registry that nests deeper, or in a circle, is refused. */
const DEEPEST_INDEX = 4;

type Progress = { -readonly [K in 'digest' | 'mediaType' | 'config' | 'layers' | 'bytes' | 'cached']: PullResult[K] };

/**
 * One `docker pull` without the disk: the manifest by tag, the image of the platform where it is an index, the config, then the layers, three
 * at once; or as the client does it that the run imitates (`options.client`). Every blob is checked by the run's verify policy. `ref` is text (`team/app:1.0`, `team/app@sha256:…`) or an image from
 * `images.seed()`, `images.fromList()` and the like, which is pulled by its tag.
 *
 * A pull that fails is a result with `ok: false` and a code: `MANIFEST_UNKNOWN`, `DIGEST_MISMATCH`, `SIZE_MISMATCH`, `BODY_TRUNCATED`,
 * `PLATFORM_NOT_FOUND`, `HTTP_503`, `ECONNRESET`, …
 */
export async function pull(vu: VU, ref: string | ImageRef, options: PullOptions = {}): Promise<PullResult> {
  const target = targetOf(ref);
  const pulled: Progress = { digest: '', mediaType: '', config: undefined, layers: [], bytes: 0, cached: 0 };
  const { ok, code, message, durationMs } = await flow(vu, 'pull', (inner) => pullImage(inner, target, options, pulled));
  return { ok, code, message, durationMs, reference: target.text, ...pulled };
}

async function pullImage(vu: VU, target: Target, options: PullOptions, pulled: Progress): Promise<void> {
  const { profile, retry, layerConcurrency, cache } = vu.internals.settings;
  await arrive(vu);
  const manifest = await pullManifest(vu, target, options, pulled);
  // Schema 1 names its layers top first, many of them twice, and says no sizes.
  const sized = manifest.kind === 'image';
  const layers: Descriptor[] = distinct(sized ? manifest.layers : manifest.fsLayers.map(schema1Layer).toReversed());
  const config = sized ? manifest.config : undefined;
  pulled.config = config;
  pulled.layers = layers;
  if (options.only === 'manifest') return;

  const host = cacheOf(vu, options.cache ?? cache ?? 'none');
  const one = async (blob: Descriptor, rule: RetryRule | undefined): Promise<number> => {
    if (host?.has(blob.digest) === true) {
      pulled.cached += 1;
      return blob.size;
    }
    const bytes = await pullBlob(vu, target.repository, blob, sized, options, rule);
    pulled.bytes += bytes;
    host?.add(blob.digest);
    return bytes;
  };
  const pullConfig = async () => {
    if (config !== undefined) await one(config, retry.blob.config);
  };
  const pullLayer = async (layer: Descriptor, index: number) => {
    if (isForeignLayer(layer.mediaType)) return;
    const bytes = await one(layer, retry.blob.layer);
    if (!sized) layers[index] = { ...layer, size: bytes };
  };

  if (profile.configBeforeLayers) {
    await pullConfig();
    await eachAtMost(layerConcurrency, layers, pullLayer);
  } else {
    await allToTheirEnd([eachAtMost(layerConcurrency, layers, pullLayer), pullConfig()]);
  }
}

/** HEAD for the digest, GET by that digest, and from an index on to the image of the platform; as far as the client does it. */
async function pullManifest(vu: VU, target: Target, options: PullOptions, pulled: Progress): Promise<ImageManifest | Schema1Manifest> {
  const { manifests } = vu.registry;
  const { profile } = vu.internals.settings;
  let { reference } = target;
  let toldType: string | undefined;
  if (asksByHead(profile, target, options)) {
    const info = await headManifest(vu, target);
    if (info?.digest !== undefined && isDigest(info.digest)) {
      reference = info.digest;
      toldType = info.mediaType;
    }
  }
  for (let depth = 0; depth <= DEEPEST_INDEX; depth += 1) {
    const content = await manifests.get(target.repository, reference, manifestOptions(profile, toldType));
    failOnMismatch(content.mismatch);
    const manifest = parseManifest(content.bytes, content.mediaType);
    pulled.bytes += content.bytes.length;
    // The digest of a signed schema 1 manifest is that of its payload, so only the registry can tell it.
    pulled.digest = manifest.kind === 'schema1' ? (content.headerDigest ?? content.digest) : content.digest;
    pulled.mediaType = content.mediaType;
    if (manifest.kind !== 'index') return manifest;
    const child = choosePlatform(manifest, options.platform ?? 'linux/amd64');
    reference = child.digest;
    toldType = child.mediaType;
  }
  throw new FlowError('INDEX_TOO_DEEP', `${target.text} leads through more than ${DEEPEST_INDEX} indexes`);
}

function asksByHead({ headManifest: does }: ClientProfile, { byDigest }: Target, { head }: PullOptions): boolean {
  if (head !== undefined) return head && !byDigest;
  return does === 'tag+digest' || (does === 'tag' && !byDigest);
}

/** What the HEAD says; undefined where it failed in a way after which the client asks by GET all the same. */
async function headManifest(vu: VU, { repository, reference }: Target): Promise<ManifestInfo | undefined> {
  const { profile } = vu.internals.settings;
  try {
    return await vu.registry.manifests.head(repository, reference, manifestOptions(profile, undefined));
  } catch (error) {
    const status = statusOf(error);
    const goesOn = status !== undefined && (profile.getAfterHead === 'any' || profile.getAfterHead.includes(status));
    if (!goesOn) throw error;
    return undefined;
  }
}

/** Fetches and checks one blob, in several requests where the client tries again; returns its bytes. */
async function pullBlob(
  vu: VU,
  repository: string,
  blob: Descriptor,
  sized: boolean,
  options: PullOptions,
  retry: RetryRule | undefined,
): Promise<number> {
  const { profile, verify } = vu.internals.settings;
  const { resume, progress = Number.POSITIVE_INFINITY } = vu.internals.settings.retry.blob;
  const mode = verifyMode(vu, options.verify ?? verify, blob.digest);
  const size = sized ? blob.size : undefined;
  const check = new BlobCheck(mode, blob.digest, size, resume);
  let furthest = 0;
  const progressed = () => {
    const enough = check.received - furthest >= progress;
    furthest = Math.max(furthest, check.received);
    return enough;
  };
  const once = async () => {
    if (sized && check.received >= blob.size) check.restart();
    const start = check.received;
    const { sink, verify: verifies } = check.next();
    const content = await vu.registry.blobs.get(repository, blob.digest, {
      size,
      range: start > 0 ? { start } : undefined,
      headers: blobHeaders(profile, blob.mediaType, start > 0),
      sink,
      verify: verifies,
    });
    if (content.mismatch !== undefined && start > 0) {
      check.restart();
      throw new ResumeFailed(content.mismatch);
    }
    failOnMismatch(content.mismatch);
    observeThroughput(vu, 'blob_get', content.bytes, content.phases);
    return content.status === 206 ? start + content.bytes : content.bytes;
  };
  return inTries(vu, retry, once, progressed);
}

function schema1Layer(digest: string): Descriptor {
  return { mediaType: MEDIA_TYPES.dockerLayerGzip, digest, size: 0 };
}

/** Each digest once: a client downloads a layer that an image names twice only once. */
function distinct(layers: readonly Descriptor[]): Descriptor[] {
  return [...new Map(layers.map((layer) => [layer.digest, layer])).values()];
}
