import type { Platform } from '../registry/index.ts';
import { noiseBytes } from './noise.ts';

/** The label that brings a config to its size. */
const PADDING_LABEL = 'loadreg.padding';

interface ConfigInput {
  readonly id: string;
  readonly diffIds: readonly string[];
  readonly size: number;
  /** Default linux/amd64. */
  readonly platform?: Platform | undefined;
}

/**
 * An image config (OCI image-spec, config.md) of `size` bytes, or of as many as its fields need when that is more: about 250 and 100 a layer.
 * `diffIds` are the digests of the uncompressed layers, base first.
 */
export function buildConfig(input: ConfigInput): Buffer {
  const bare = configBytes(input, undefined);
  if (bare.length >= input.size) return bare;
  const least = configBytes(input, '');
  const padding = Math.max(0, input.size - least.length);
  return configBytes(
    input,
    noiseBytes(['config', input.id], Math.ceil(padding / 2))
      .toString('hex')
      .slice(0, padding),
  );
}

function configBytes(input: ConfigInput, padding: string | undefined): Buffer {
  const labels = { 'loadreg.image': input.id, ...(padding === undefined ? {} : { [PADDING_LABEL]: padding }) };
  const { os, architecture, variant } = input.platform ?? { os: 'linux', architecture: 'amd64' };
  return Buffer.from(
    JSON.stringify({
      created: '1970-01-01T00:00:00Z',
      architecture,
      os,
      ...(variant === undefined ? {} : { variant }),
      config: { Labels: labels },
      rootfs: { type: 'layers', diff_ids: input.diffIds },
      history: input.diffIds.map(() => ({ created_by: 'loadreg' })), // one for each layer, or docker calls the config broken
    }),
  );
}
