import type { Descriptor } from '../registry/index.ts';

/** An image in a registry, as plain JSON: what `setup` hands to the iterations. */
export interface ImageRef {
  readonly repository: string;
  /** With neither tag nor digest, `latest` is meant. */
  readonly tag?: string;
  /** Digest of the manifest, where it is known. */
  readonly digest?: string;
}

/** An image that loadreg made, and so knows to the last byte. */
export interface SeededImage extends ImageRef {
  readonly tag: string;
  readonly digest: string;
  /** Of the manifest. */
  readonly mediaType: string;
  /** Bytes of all blobs. */
  readonly size: number;
  readonly config: Descriptor;
  /** Base first. */
  readonly layers: readonly Descriptor[];
}
