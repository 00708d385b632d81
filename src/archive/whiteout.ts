import { LayerError, shownName } from './extract-error.ts';

/** What an entry of a layer says about lower layers (OCI image-spec `layer.md`, "Whiteouts"). */
export type Whiteout =
  /** Lower layers' `parts` is gone, with all below it. */
  | { readonly kind: 'remove'; readonly parts: readonly string[] }
  /** All that lower layers have in the folder `parts` is gone. */
  | { readonly kind: 'opaque'; readonly parts: readonly string[] }
  /** A note of AUFS to itself. */
  | { readonly kind: 'ignored' };

const PREFIX = '.wh.';
const META_PREFIX = '.wh..wh.';
const OPAQUE = '.wh..wh..opq';

/** What the entry at this path is a whiteout of; undefined when it is none. Throws LayerError for one that cannot be. */
export function whiteoutOf(parts: readonly string[]): Whiteout | undefined {
  const first = parts.findIndex((part) => part.startsWith(PREFIX));
  if (first < 0) return undefined;
  const marker = parts[first] as string;
  const folder = parts.slice(0, first);
  if (marker === OPAQUE && first === parts.length - 1) return { kind: 'opaque', parts: folder };
  if (marker.startsWith(META_PREFIX)) return { kind: 'ignored' };
  const name = marker.slice(PREFIX.length);
  if (first < parts.length - 1 || name === '' || name === '.' || name === '..') {
    throw new LayerError('LAYER_UNUSABLE', `the entry "${shownName(parts.join('/'))}" is no valid whiteout`);
  }
  return { kind: 'remove', parts: [...folder, name] };
}
