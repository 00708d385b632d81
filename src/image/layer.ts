import { createHash, type Hash } from 'node:crypto';
import { keyedBytes } from '../base/index.ts';
import type { BodySource } from '../http/index.ts';
import { noise, noiseBytes } from './noise.ts';
import { TAR_BLOCK, tarHeader, tarLayout, type TarLayout } from './tar.ts';

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
}

/** A blob whose digest is known and whose bytes can be made again at any time. */
export interface GeneratedBlob {
  /** `sha256:…` of the bytes. */
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
  readonly body: BodySource;
}

/** Where hash states of layers are kept between calls, so that a layer that differs in its salt alone is not hashed again. */
export type LayerCache = Map<string, unknown>;

/** Bytes hashed before other work of the thread gets its turn: a GiB takes the better part of a second. */
const HASH_SLICE = 16 * 1024 * 1024;

/**
 * Makes a layer: an uncompressed tar archive with one file of noise where the size allows it ({@link tarLayout}), noise alone where not.
 * Nothing is held but one chunk: the body is generated again for each pass. With a `cache`, all but the salted end is hashed once per
 * (key, size, compressible).
 */
export async function buildLayer(spec: LayerSpec, cache?: LayerCache): Promise<GeneratedBlob> {
  const layout = tarLayout(spec.size);
  const hash = (await hashHead(spec, layout, cache)).copy();
  for (const chunk of tail(spec, layout)) hash.update(chunk);
  return { digest: `sha256:${hash.digest('hex')}`, size: spec.size, body: new LayerBody(spec, layout) };
}

class LayerBody implements BodySource {
  readonly length: number;
  readonly #spec: LayerSpec;
  readonly #layout: TarLayout;

  constructor(spec: LayerSpec, layout: TarLayout) {
    this.length = spec.size;
    this.#spec = spec;
    this.#layout = layout;
  }

  *open(): Generator<Uint8Array> {
    yield* head(this.#spec, this.#layout);
    yield* tail(this.#spec, this.#layout);
  }
}

function hashHead(spec: LayerSpec, layout: TarLayout, cache: LayerCache | undefined): Promise<Hash> {
  if (cache === undefined) return hashOf(head(spec, layout));
  const id = `layer\0${spec.key.join('\0')}\0${spec.size}\0${spec.compressible ?? 0}`;
  let state = cache.get(id) as Promise<Hash> | undefined;
  if (state === undefined) {
    state = hashOf(head(spec, layout)); // the promise is kept, so that VUs that want it at the same time share the work
    cache.set(id, state);
  }
  return state;
}

async function hashOf(chunks: Iterable<Uint8Array>): Promise<Hash> {
  const hash = createHash('sha256');
  let sinceBreak = 0;
  for (const chunk of chunks) {
    hash.update(chunk);
    sinceBreak += chunk.length;
    if (sinceBreak >= HASH_SLICE) {
      sinceBreak = 0;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  return hash;
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
