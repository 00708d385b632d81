import { InvalidConfigError, shown } from '../base/index.ts';
import type { Descriptor, IndexManifest, Platform } from '../registry/index.ts';
import { FlowError } from './failure.ts';

/**
 * The entry of an index that is built for a platform (`linux/amd64`, `linux/arm64/v8`); the first of them, as clients have it.
 * Throws FlowError `PLATFORM_NOT_FOUND`, which names what there is.
 */
export function choosePlatform(index: IndexManifest, platform: Platform | string): Descriptor {
  const wanted = typeof platform === 'string' ? parsePlatform(platform) : platform;
  const found = index.manifests.find(
    ({ platform: has }) =>
      has?.os === wanted.os && has.architecture === wanted.architecture && (wanted.variant === undefined || has.variant === wanted.variant),
  );
  if (found !== undefined) return found;
  const there = index.manifests.flatMap(({ platform: has }) => (has === undefined ? [] : [shown(formatPlatform(has))]));
  throw new FlowError(
    'PLATFORM_NOT_FOUND',
    `the index has no ${shown(formatPlatform(wanted))}; it has ${there.join(', ') || 'no platforms'}`,
  );
}

function parsePlatform(text: string): Platform {
  const [os, architecture, variant, more] = text.split('/');
  if (!os || !architecture || variant === '' || more !== undefined) {
    const fix = 'os/architecture or os/architecture/variant, for example linux/amd64';
    throw new InvalidConfigError([{ where: 'platform', what: `${JSON.stringify(text)} is no platform`, fix }]);
  }
  return { os, architecture, ...(variant === undefined ? {} : { variant }) };
}

function formatPlatform({ os, architecture, variant }: Platform): string {
  return `${os}/${architecture}${variant === undefined ? '' : `/${variant}`}`;
}
