import {
  type BuiltImage,
  descriptorOf,
  formatPlatform,
  type ImageBlob,
  imageOf,
  type PlatformImage,
  type SeededImage,
} from '../../image/index.ts';
import type { PushImage } from '../push.ts';

/** What `setup` hands on of an image that is in the registry. */
export function seededImage(image: PushImage): SeededImage {
  const { repository, tag, manifest, size, config, layers, children } = image;
  const known = { mediaType: manifest.mediaType, config: descriptorOf(config), layers: layers.map(descriptorOf) };
  const verbatim = children !== undefined || imageOf(known).manifest.digest !== manifest.digest;
  return {
    repository,
    tag,
    digest: manifest.digest,
    size,
    ...known,
    ...diffIdsOf(layers),
    ...(children === undefined ? {} : { platforms: children.map(platformImage) }),
    ...(verbatim ? { manifest: manifest.bytes.toString() } : {}),
  };
}

/** Only where they cannot be told from the descriptors. */
function diffIdsOf(layers: readonly ImageBlob[]): Pick<SeededImage, 'diffIds'> {
  if (layers.every(({ diffId, digest }) => diffId === undefined || diffId === digest)) return {};
  return { diffIds: layers.map(({ diffId, digest }) => diffId ?? digest) };
}

function platformImage({ platform, manifest, config, layers }: BuiltImage): PlatformImage {
  return {
    platform: platform === undefined ? '' : formatPlatform(platform),
    digest: manifest.digest,
    mediaType: manifest.mediaType,
    config: descriptorOf(config),
    layers: layers.map(descriptorOf),
  };
}
