import type { Descriptor } from '../registry/index.ts';

/** An image in a registry, as plain JSON: what `setup` hands to the iterations. */
export interface ImageRef {
  readonly repository: string;
  /** With neither tag nor digest, `latest` is meant. */
  readonly tag?: string;
  /** Digest of the manifest, where it is known. */
  readonly digest?: string;
}

/** An image, or an index, that loadreg put into the registry, and so knows to the last byte. */
export interface SeededImage extends ImageRef {
  readonly tag: string;
  readonly digest: string;
  /** Of the manifest. */
  readonly mediaType: string;
  /** Bytes of all blobs. */
  readonly size: number;
  /** Of an index: that of its first image. */
  readonly config: Descriptor;
  /** Base first. Of an index: those of its first image. */
  readonly layers: readonly Descriptor[];
  /** Digests of the layers before compression; only where they are not those of `layers`. */
  readonly diffIds?: readonly string[];
  /** The images of an index, in its order; undefined for an image. */
  readonly platforms?: readonly PlatformImage[];
  /** The manifest, byte for byte; only where it was not loadreg that wrote it, and for an index. */
  readonly manifest?: string;
}

/** One image of an index. */
export interface PlatformImage {
  /** `linux/arm64/v8`; '' where the index does not say. */
  readonly platform: string;
  /** Of its manifest. */
  readonly digest: string;
  readonly mediaType: string;
  readonly config: Descriptor;
  /** Base first. */
  readonly layers: readonly Descriptor[];
}
