import { shown } from '../base/index.ts';
import { isDigest, MEDIA_TYPES, type Platform } from '../registry/index.ts';
import type { Refuse } from './read-error.ts';

/** Bytes of an image config at most; real ones have a few thousand. */
export const CONFIG_LIMIT = 8 * 1024 ** 2;

/** What the config of an image says that matters for a push. */
export interface ReadConfig {
  /** Base first. */
  readonly diffIds: readonly string[];
  readonly platform?: Platform;
}

/** Whether a config of this type is that of an image, and not of some other artifact. */
export function isImageConfig(mediaType: string): boolean {
  return mediaType === MEDIA_TYPES.ociConfig || mediaType === MEDIA_TYPES.dockerConfig;
}

/** Parses JSON from an archive. `what` names it in the refusal. */
export function parseJson(bytes: Buffer, what: string, refuse: Refuse): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw refuse(`${what} is no JSON`, { cause });
  }
}

/** Whether a value of JSON has fields. */
export function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads an image config (OCI image-spec, config.md). `what` names it in refusals. */
export function readConfig(bytes: Buffer, what: string, refuse: Refuse): ReadConfig {
  const fields = parseJson(bytes, what, refuse);
  if (!isFields(fields)) throw refuse(`${what} is no image config`);
  const { rootfs, os, architecture, variant } = fields;
  const diffIds = isFields(rootfs) ? (rootfs['diff_ids'] ?? []) : undefined;
  if (!Array.isArray(diffIds)) throw refuse(`${what} is no image config: it has no rootfs.diff_ids`);
  const wrong: unknown = diffIds.find((id) => typeof id !== 'string' || !isDigest(id));
  if (wrong !== undefined) {
    throw refuse(`${what}: the diff_id ${shown(JSON.stringify(wrong))} is not a sha256 or sha512 digest`);
  }
  if (typeof os !== 'string' || typeof architecture !== 'string' || os === '') return { diffIds: diffIds as string[] };
  const platform = { os, architecture, ...(typeof variant === 'string' && variant !== '' ? { variant } : {}) };
  return { diffIds: diffIds as string[], platform };
}

/** Refuses an image that has not as many layers as its config says: they belong together one by one. */
export function expectCounts(layers: number, diffIds: number, what: string, refuse: Refuse): void {
  if (layers === diffIds) return;
  const has = (n: number, one: string) => `${n} ${one}${n === 1 ? '' : 's'}`;
  throw refuse(`${what} has ${has(layers, 'layer')}, but its config has ${has(diffIds, 'diff_id')}`);
}
