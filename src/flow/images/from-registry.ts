import { InvalidConfigError } from '../../base/index.ts';
import { isLoopback } from '../../http/index.ts';
import { type SeededImage, underPrefix } from '../../image/index.ts';
import { Authorizer, isDigest, parseReference, RegistryClient, resolveCredentials } from '../../registry/index.ts';
import type { PushImage } from '../push.ts';
import { targetOf } from '../target.ts';
import type { UploadOptions } from '../upload-options.ts';
import type { VU } from '../vu.ts';
import { copyWithin } from './copy-within.ts';
import { checked } from './names.ts';
import { remoteImage } from './remote-image.ts';
import { store } from './store.ts';

/** How {@link fromRegistry} goes about it. */
export interface FromRegistryOptions {
  /** Base URL of the registry that has the image. Default: the host that the image begins with, by `https` unless it is loopback; else the registry under test. */
  readonly from?: string;
  /** Where to put it. Default: the repository it comes from, under the run's prefix. */
  readonly repository?: string;
  /** Default: the tag it comes from; of a digest its first twelve digits. */
  readonly tag?: string;
  /** Takes one image of an index (`linux/amd64`). Default: the index with all of them. */
  readonly platform?: string;
  /** How blobs are uploaded; see `push`. Default: as the run says. */
  readonly mode?: NonNullable<UploadOptions['mode']>;
}

/**
 * Copies an image, or an index, into the registry under test, for `setup`: from another registry, or from another repository of the same one, where
 * blobs are mounted. What is there already is not copied again. Blobs stream from one to the other; memory does not grow with them. Another
 * registry is asked with the credentials that `docker login` left for it, never with those of the run.
 *
 * @example
 * const ref = await images.fromRegistry(vu, 'registry.example.com/team/app:1.0');
 * const copy = await images.fromRegistry(vu, 'team/app:1.0', { repository: 'perf/app' });
 */
export async function fromRegistry(vu: VU, image: string, options: FromRegistryOptions = {}): Promise<SeededImage> {
  const { repoPrefix } = vu.internals.settings;
  const { host, ...named } = parseReference(image, { withHost: options.from === undefined });
  const target = targetOf(named.digest === undefined ? named : { repository: named.repository, digest: named.digest });
  const base = options.from ?? (host === undefined ? vu.registry.baseUrl : baseUrlOf(host));
  const same = sameRegistry(base, vu.registry.baseUrl);
  const source = { registry: same ? vu.registry : await otherRegistry(vu, base), repository: target.repository };
  const place = checked(
    options.repository ?? underPrefix(repoPrefix, target.repository),
    options.tag ?? named.tag ?? (isDigest(target.reference) ? target.reference.replace(/^\w+:/, '').slice(0, 12) : target.reference),
  );
  const wanted: PushImage = { ...place, ...(await remoteImage(source, target.reference, options.platform)) };
  const call = {
    what: 'copy',
    call: 'images.fromRegistry()',
    hint: 'copying needs the right to pull from the one repository and to push to the other',
    ...(options.mode === undefined ? {} : { mode: options.mode }),
  };
  const within = originOf(base) === originOf(vu.registry.baseUrl);
  const [copied] = await store(vu, [wanted], {
    ...call,
    ...(within ? { before: (missing: PushImage) => copyWithin(vu, missing, same ? target.repository : undefined) } : {}),
  });
  return copied as SeededImage;
}

async function otherRegistry(vu: VU, baseUrl: string): Promise<RegistryClient> {
  const { DOCKER_AUTH_CONFIG, DOCKER_CONFIG, HOME, PATH } = process.env;
  const { credentials } = await resolveCredentials({ registry: baseUrl, env: { DOCKER_AUTH_CONFIG, DOCKER_CONFIG, HOME, PATH } });
  return new RegistryClient({ baseUrl, send: vu.internals.send, auth: new Authorizer({ credentials }), userAgent: 'loadreg' });
}

function baseUrlOf(host: string): string {
  const name = host.startsWith('[') ? host.slice(0, host.indexOf(']') + 1) : host.replace(/:\d+$/, '');
  return `${isLoopback(name) ? 'http' : 'https'}://${host}`;
}

function originOf(baseUrl: string): string {
  if (URL.canParse(baseUrl)) return new URL(baseUrl).origin;
  const fix = 'for example https://registry.example.com';
  throw new InvalidConfigError([{ where: 'images.fromRegistry().from', what: `${JSON.stringify(baseUrl)} is no URL`, fix }]);
}

function sameRegistry(a: string, b: string): boolean {
  return originOf(a) === originOf(b) && new URL(a).pathname.replace(/\/+$/, '') === new URL(b).pathname.replace(/\/+$/, '');
}
