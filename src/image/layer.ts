import { createHash, type Hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { keyedBytes } from '../base/index.ts';
import type { BodySource } from '../http/index.ts';
import { gathered, gzipEnd, gzipHeader, type GzipLayout, gzipLayout, storedBlocks } from './gzip.ts';
import { noise, noiseBytes } from './noise.ts';
import { TAR_BLOCK, tarHeader, tarLayout, type TarLayout } from './tar.ts';

/** How layers are compressed. */
export type Compression = 'none' | 'gzip';

/** What decides the content of a generated layer. Equal specs give equal bytes on every machine. */
export interface LayerSpec {
  /** Bytes, exactly. */
  readonly size: number;
  /** Names the content, for example (seed, image, position). */
  readonly key: readonly (string | number)[];
  /**
   * Makes the digest differ from that of the same layer with another salt, at the cost of hashing 512 bytes: only the last block of content
   * depends on it.
   */
  readonly salt?: string;
  /** Share of the content, 0 to 1, that compresses to nothing. Default 0. */
  readonly compressible?: number;
  /** `gzip`: a `.tar.gz` of `size` bytes, made of stored blocks; below 23 bytes, which hold none, as `none`. Default `none`. */
  readonly compression?: Compression;
}

/** A blob whose digest is known and whose bytes can be made again at any time. */
export interface GeneratedBlob {
  /** `sha256:…` of the bytes. */
  readonly digest: string;
  /** `sha256:…` of the bytes before compression: what a config calls the layer. */
  readonly diffId: string;
  readonly compression: Compression;
  /** Bytes. */
  readonly size: number;
  readonly body: BodySource;
}

/** Where hash states of layers are kept between calls, so that a layer that differs in its salt alone is not hashed again. */
export type LayerCache = Map<string, unknown>;

/** Bytes hashed before other work of the thread gets its turn: a GiB takes the better part of a second. */
const HASH_SLICE = 16 * 1024 * 1024;

/**
 * Makes a layer: an uncompressed tar archive with one file of noise where the size allows it ({@link tarLayout}), noise alone where not; with
 * `gzip`, such an archive in stored blocks. Nothing is held but a few chunks: the body is generated again for each pass. With a `cache`, all
 * but the salted end is hashed once per (key, size, compressible, compression).
 */
export async function buildLayer(spec: LayerSpec, cache?: LayerCache): Promise<GeneratedBlob> {
  const gzip = spec.compression === 'gzip' ? gzipLayout(spec.size) : undefined;
  const built = gzip === undefined ? await buildPlain(spec, cache) : await buildGzip(spec, gzip, cache);
  return { size: spec.size, compression: gzip === undefined ? 'none' : 'gzip', ...built };
}

type Built = Pick<GeneratedBlob, 'digest' | 'diffId' | 'body'>;

async function buildPlain(spec: LayerSpec, cache: LayerCache | undefined): Promise<Built> {
  const layout = tarLayout(spec.size);
  const state = await cachedState(spec, cache, () => hashed(head(spec, layout), [createHash('sha256')]));
  const [hash] = copyOf(state) as [Hash];
  for (const chunk of tail(spec, layout)) hash.update(chunk);
  const digest = nameOf(hash);
  return { digest, diffId: digest, body: bodyOf(spec.size, () => content(spec, layout)) };
}

/** Two hashes are kept of a compressed layer, of its bytes and of the archive inside, and the CRC of the archive. */
async function buildGzip(spec: LayerSpec, gzip: GzipLayout, cache: LayerCache | undefined): Promise<Built> {
  const layout = tarLayout(gzip.content);
  const header = gzipHeader(gzip, noiseBytes(['gzip', ...spec.key, 'salt', spec.salt ?? ''], gzip.comment + 3));
  const headLength = layout.archive && layout.content > 0 ? layout.header + layout.content - TAR_BLOCK : 0;
  // A header with a comment depends on the salt; such a layer is small.
  const state = await cachedState(spec, gzip.comment > 0 ? undefined : cache, async () => {
    const outer = createHash('sha256').update(header);
    return hashed(head(spec, layout), [createHash('sha256'), outer], (chunks) => storedBlocks(gzip, chunks));
  });
  const [inner, outer] = copyOf(state) as [Hash, Hash];
  let { crc } = state;
  const end = [...tail(spec, layout)];
  for (const chunk of end) {
    inner.update(chunk);
    crc = crc32(chunk, crc);
  }
  for (const piece of storedBlocks(gzip, end, headLength)) outer.update(piece);
  for (const piece of gzipEnd(gzip, crc)) outer.update(piece);
  const whole = function* (): Generator<Uint8Array> {
    yield header;
    yield* storedBlocks(gzip, content(spec, layout));
    yield* gzipEnd(gzip, crc);
  };
  return { digest: nameOf(outer), diffId: nameOf(inner), body: bodyOf(spec.size, () => gathered(whole())) };
}

function bodyOf(length: number, open: () => Iterable<Uint8Array>): BodySource {
  return { length, open };
}

function nameOf(hash: Hash): string {
  return `sha256:${hash.digest('hex')}`;
}

/** What is known of a layer once all but its salted end was hashed: the hash of the archive, and for gzip that of the file and a CRC. */
interface HeadState {
  readonly hashes: readonly Hash[];
  readonly crc: number;
}

function copyOf(state: HeadState): Hash[] {
  return state.hashes.map((hash) => hash.copy());
}

function cachedState(spec: LayerSpec, cache: LayerCache | undefined, make: () => Promise<HeadState>): Promise<HeadState> {
  if (cache === undefined) return make();
  const id = `layer\0${spec.key.join('\0')}\0${spec.size}\0${spec.compressible ?? 0}\0${spec.compression ?? 'none'}`;
  let state = cache.get(id) as Promise<HeadState> | undefined;
  if (state === undefined) {
    state = make(); // the promise is kept, so that VUs that want it at the same time share the work
    cache.set(id, state);
  }
  return state;
}

/** Feeds the first hash with the chunks, and the second, where there is one, with what `frame` makes of each. */
async function hashed(
  chunks: Iterable<Uint8Array>,
  hashes: readonly [Hash, Hash?],
  frame?: (chunks: Iterable<Uint8Array>) => Iterable<Uint8Array>,
): Promise<HeadState> {
  const [inner, outer] = hashes;
  let crc = 0;
  let sinceBreak = 0;
  const seen = function* (): Generator<Uint8Array> {
    for (const chunk of chunks) {
      inner.update(chunk);
      if (outer !== undefined) crc = crc32(chunk, crc);
      yield chunk;
    }
  };
  for (const piece of frame === undefined ? seen() : frame(seen())) {
    outer?.update(piece);
    sinceBreak += piece.length;
    if (sinceBreak < HASH_SLICE) continue;
    sinceBreak = 0;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { hashes: outer === undefined ? [inner] : [inner, outer], crc };
}

/** The whole archive. */
function* content(spec: LayerSpec, layout: TarLayout): Generator<Uint8Array> {
  yield* head(spec, layout);
  yield* tail(spec, layout);
}

/** All that does not depend on the salt: the file header and the content up to its last block. */
function* head(spec: LayerSpec, layout: TarLayout): Generator<Uint8Array> {
  if (!layout.archive || layout.content === 0) return;
  yield tarHeader(fileName(spec.key), layout.content);
  yield* noise(['content', ...spec.key], layout.content - TAR_BLOCK, spec.compressible);
}

/** The rest: the last block of content, which the salt decides, and the end of the archive. A lone header has nothing but its name to differ in. */
function* tail(spec: LayerSpec, layout: TarLayout): Generator<Uint8Array> {
  const salted = [...spec.key, 'salt', spec.salt ?? ''];
  if (layout.archive && layout.content === 0) yield tarHeader(fileName(salted), 0);
  else yield noiseBytes(['tail', ...salted], layout.archive ? TAR_BLOCK : layout.content);
  if (layout.end > 0) yield Buffer.alloc(layout.end);
}

function fileName(key: readonly (string | number)[]): string {
  return `loadreg/${keyedBytes('name', ...key).toString('hex', 0, 8)}`;
}
