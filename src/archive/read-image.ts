import type { Descriptor, Platform } from '../registry/index.ts';
import type { ArchiveFiles } from './read-files.ts';
import type { StoredLayer } from './read-layer.ts';

/** A manifest of an archive, byte for byte. */
export interface ArchivedManifest {
  readonly bytes: Buffer;
  readonly mediaType: string;
  readonly digest: string;
}

/** The config of an image, byte for byte. */
export interface ArchivedConfig {
  readonly bytes: Buffer;
  /** Computed; never taken from a file name. */
  readonly digest: string;
  readonly mediaType: string;
}

/** A layer of an image in an archive. */
export interface ArchivedLayer {
  /** As the manifest has it; undefined in a docker archive, which has none. */
  readonly descriptor: Descriptor | undefined;
  /** Digest of the unpacked layer, from the config; undefined for what is no layer of a root file system. */
  readonly diffId: string | undefined;
  /** The bytes; undefined for a foreign layer, which is kept by its `urls` and never pushed. */
  readonly content: StoredLayer | undefined;
}

/** Fields that images and indexes share. */
interface Archived {
  /** What it is called: `team/app:1.0`, or as OCI layouts have it, `1.0`; none where the archive tells none. */
  readonly names: readonly string[];
  readonly platform?: Platform;
  readonly files: ArchiveFiles;
}

/** One image. */
export interface ArchivedSingle extends Archived {
  readonly config: ArchivedConfig;
  /** Base first, repeats included. */
  readonly layers: readonly ArchivedLayer[];
  /** Undefined in a docker archive, which has none. */
  readonly manifest?: ArchivedManifest;
  readonly subject?: Descriptor;
}

/** An index and what it lists. */
export interface ArchivedIndex extends Archived {
  readonly manifest: ArchivedManifest;
  /** Those that the archive holds, in the order of the index. */
  readonly children: readonly ArchivedImage[];
  /** Those that it does not hold, as an export of a single platform leaves them out. */
  readonly missing: readonly Descriptor[];
}

/** An image in an archive, or an index of images. */
export type ArchivedImage = ArchivedSingle | ArchivedIndex;

/** Whether this is an index. */
export function isIndex(image: ArchivedImage): image is ArchivedIndex {
  return 'children' in image;
}
