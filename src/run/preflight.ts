import { isIP } from 'node:net';
import { type ConnectionOptions, connect as tlsConnect } from 'node:tls';
import { formatDuration, LoadregError, messageOf } from '../base/index.ts';
import { ExchangeError, type HttpRequest, type Send, type TlsSettings } from '../http/index.ts';
import type { Target } from '../record/index.ts';
import { digestOf, type PingResult, type RegistryClient, RegistryError, redactUrl, type UploadSession } from '../registry/index.ts';
import type { ConnectionLimits } from './limits.ts';

/** What the preflight needs. Nothing that it sends enters any total. */
export interface PreflightOptions {
  readonly registry: (send: Send) => RegistryClient;
  readonly send: Send;
  readonly embedded: boolean;
  /** Where the trial blob goes; undefined: nothing is to be written. */
  readonly repository: string | undefined;
  readonly tls: TlsSettings;
  readonly limits: ConnectionLimits;
  readonly now: () => number;
}

/** What was found, for the record and for a person. */
export interface PreflightResult {
  readonly target: Target;
  readonly lines: readonly string[];
}

const NOT_TRIED = { pushAllowed: null, pushNote: 'not tried' };

/** The smallest blob that registries agree on: the OCI empty descriptor (image-spec `manifest.md`, "Guidance for an Empty Descriptor"). */
const EMPTY_JSON = Buffer.from('{}');

/**
 * Looks at the registry before the load: reachable, credentials accepted, upload and deletion allowed, blobs redirected, clocks. Writes one
 * blob of two bytes into a repository of its own and removes it again.
 * @throws LoadregError with exit `registryUnreachable` when nothing answers, or our credentials are refused.
 */
export async function preflight(options: PreflightOptions): Promise<PreflightResult> {
  const redirectHosts = new Set<string>();
  const watching: Send = async (request) => {
    const response = await options.send(request);
    noteRedirect(request, response.headers.location, redirectHosts);
    return response;
  };
  const registry = options.registry(watching);
  const ping = await reach(registry, options.now);
  const { repository } = options;
  const { pushAllowed, pushNote } = repository === undefined ? NOT_TRIED : await tryPush(registry, repository);
  const deleteAllowed = repository !== undefined && pushAllowed === true ? await tryReadAndDelete(registry, repository) : null;
  const target: Target = {
    baseUrl: redactUrl(registry.baseUrl),
    embedded: options.embedded,
    server: ping.result.server ?? null,
    apiVersion: ping.result.apiVersion ?? null,
    protocol: 'HTTP/1.1',
    tls: registry.baseUrl.startsWith('https:') ? await tlsVersion(registry.baseUrl, options.tls) : null,
    auth: authKind(ping.first),
    redirectHosts: [...redirectHosts].sort(),
    pushAllowed,
    deleteAllowed,
    clockOffsetUs: ping.clockOffsetUs,
  };
  return { target, lines: describe(target, pushNote, options.limits) };
}

interface Reached {
  /** The answer without credentials, and the one with them. */
  readonly first: PingResult;
  readonly result: PingResult;
  readonly clockOffsetUs: number | null;
}

async function reach(registry: RegistryClient, now: () => number): Promise<Reached> {
  try {
    const before = now();
    const first = await registry.ping({ authenticate: false });
    const after = now();
    const result = first.status === 200 ? first : await registry.ping();
    if (result.status === 401) throw refused(registry.baseUrl, 'it asked for credentials and got none that it takes');
    const told = first.date === undefined ? Number.NaN : Date.parse(first.date);
    // The Date header counts whole seconds: half of one is the best guess, and less than a second is no offset.
    const offset = told + 500 - (before + after) / 2;
    return { first, result, clockOffsetUs: Number.isNaN(told) ? null : Math.abs(offset) < 1_000 ? 0 : Math.round(offset * 1_000) };
  } catch (error) {
    if (error instanceof RegistryError && (error.status === 401 || error.status === 403)) throw refused(registry.baseUrl, error.message);
    if (error instanceof RegistryError || error instanceof ExchangeError) throw unreachable(registry.baseUrl, error);
    throw error;
  }
}

function refused(baseUrl: string, why: string): LoadregError {
  return new LoadregError(`the registry at ${redactUrl(baseUrl)} refused our credentials: ${why}`, {
    exit: 'registryUnreachable',
    hint: 'give --username and --password-stdin, LOADREG_USERNAME and LOADREG_PASSWORD, or log in with docker login',
  });
}

function unreachable(baseUrl: string, error: Error): LoadregError {
  const why = error instanceof ExchangeError ? `${error.code}: ${error.message}` : error.message;
  const looksLikeHttp = error instanceof ExchangeError && error.code.startsWith('TLS_');
  return new LoadregError(`no registry at ${redactUrl(baseUrl)} (${why})`, {
    exit: 'registryUnreachable',
    hint: looksLikeHttp
      ? 'for a certificate of your own give --ca-file; a registry without TLS is named by http://'
      : '--registry takes the URL that /v2/ comes after, for example http://localhost:5000 or https://host/path',
  });
}

async function tryPush(registry: RegistryClient, repository: string): Promise<{ pushAllowed: boolean; pushNote: string }> {
  let session: UploadSession | undefined;
  try {
    session = await registry.uploads.start(repository);
    await registry.uploads.put(session, digestOf(EMPTY_JSON), EMPTY_JSON);
    return { pushAllowed: true, pushNote: 'allowed' };
  } catch (error) {
    if (!(error instanceof RegistryError) && !(error instanceof ExchangeError)) throw error;
    if (session !== undefined) await registry.uploads.cancel(session).catch(() => {}); // best effort: the registry purges it some day
    return { pushAllowed: false, pushNote: `not possible (${'code' in error ? error.code : messageOf(error)})${hintOf(error)}` };
  }
}

function hintOf(error: RegistryError | ExchangeError): string {
  return 'hint' in error && error.hint !== undefined ? `: ${error.hint}` : '';
}

async function tryReadAndDelete(registry: RegistryClient, repository: string): Promise<boolean | null> {
  const digest = digestOf(EMPTY_JSON);
  try {
    await registry.blobs.get(repository, digest, { size: EMPTY_JSON.length }); // shows whether blobs are redirected
    await registry.blobs.delete(repository, digest);
    return true;
  } catch (error) {
    if (error instanceof RegistryError) return error.operation === 'blob_delete' ? false : null;
    if (error instanceof ExchangeError) return null;
    throw error;
  }
}

function noteRedirect(request: HttpRequest, location: string | string[] | undefined, hosts: Set<string>): void {
  if (request.operation !== 'blob_get' || typeof location !== 'string') return;
  if (!URL.canParse(location, request.origin)) return;
  const target = new URL(location, request.origin);
  if (target.origin !== request.origin) hosts.add(target.host);
}

function authKind(ping: PingResult): Target['auth'] {
  if (ping.status === 200) return 'none';
  return ping.challenges.some((challenge) => challenge.scheme === 'bearer') ? 'bearer' : 'basic';
}

function tlsVersion(baseUrl: string, tls: TlsSettings): Promise<string | null> {
  const url = new URL(baseUrl);
  const settings: ConnectionOptions = { rejectUnauthorized: !tls.insecureSkipVerify };
  if (tls.ca !== undefined) settings.ca = tls.ca;
  if (tls.cert !== undefined) settings.cert = tls.cert;
  if (tls.key !== undefined) settings.key = tls.key;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) === 0) settings.servername = host;
  return new Promise((resolve) => {
    const socket = tlsConnect({ ...settings, host, port: Number(url.port || 443), timeout: 5_000 });
    const end = (version: string | null) => {
      socket.destroy();
      resolve(version);
    };
    socket.once('secureConnect', () => end(socket.getProtocol()));
    socket.once('timeout', () => end(null));
    socket.once('error', () => end(null)); // behind a proxy, for example: the load itself went through
  });
}

function describe(target: Target, pushNote: string, limits: ConnectionLimits): string[] {
  const yesNo = (value: boolean | null) => (value === null ? 'not tried' : value ? 'allowed' : 'refused');
  const { clockOffsetUs: clock } = target;
  const software = [target.server, target.apiVersion].filter((part) => part !== null).join(', ');
  const known = [
    `registry     ${target.baseUrl}${target.embedded ? ' (embedded)' : ''}${software === '' ? '' : ` (${software})`}`,
    `protocol     ${target.protocol}, ${target.tls ?? (target.baseUrl.startsWith('https:') ? 'TLS, version unknown' : 'no TLS')}`,
    `auth         ${target.auth}`,
    `push, delete ${pushNote}, ${yesNo(target.deleteAllowed)}`,
    `blobs        ${target.redirectHosts.length === 0 ? 'not seen to be redirected' : `redirected to ${target.redirectHosts.join(', ')}`}`,
    `clock        ${clock === null ? 'not told' : clock === 0 ? 'within a second of ours' : `${clock < 0 ? 'behind' : 'ahead of'} ours by ${formatDuration(Math.abs(clock) / 1_000)}`}`,
    `connections  up to ${limits.planned} (open files ${limits.openFiles ?? 'unknown'}, local ports ${limits.localPorts ?? 'unknown'})`,
  ];
  return known;
}
