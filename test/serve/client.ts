import { createHash, randomBytes } from 'node:crypto';
import { type IncomingHttpHeaders, request as send } from 'node:http';

/** An answer, whole. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The first error code of the spec's error body, if there is one. */
  readonly code: string | undefined;
}

/** Sends one request as it is given: nothing followed, nothing added. A path that is an absolute URL is taken as it is. */
export function call(
  base: string,
  method: string,
  path: string,
  options: { headers?: Record<string, string>; body?: Buffer | string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { headers = {}, body } = options;
    const length: Record<string, string> =
      body === undefined || 'transfer-encoding' in headers ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const request = send(base + path, { method, agent: false, headers: { ...length, ...headers } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const whole = Buffer.concat(chunks);
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: whole, code: codeOf(whole, response.headers) });
      });
    });
    request.once('error', reject);
    request.end(body);
  });
}

function codeOf(body: Buffer, headers: IncomingHttpHeaders): string | undefined {
  if (headers['content-type'] !== 'application/json' || body.length === 0) return undefined;
  return (JSON.parse(body.toString()) as { errors?: { code: string }[] }).errors?.[0]?.code;
}

/** The digest of some bytes. */
export function digestOf(bytes: Buffer | string, algorithm = 'sha256'): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}

/** Bytes that nothing else has. */
export function fresh(size: number): Buffer {
  return randomBytes(size);
}

/** Pushes a blob in one request and returns its digest. */
export async function pushBlob(base: string, repository: string, bytes: Buffer): Promise<string> {
  const digest = digestOf(bytes);
  const { status } = await call(base, 'POST', `/v2/${repository}/blobs/uploads/?digest=${digest}`, { body: bytes });
  if (status !== 201) throw new Error(`blob not pushed: ${status}`);
  return digest;
}

export const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const INDEX = 'application/vnd.oci.image.index.v1+json';

function describeBytes(bytes: Buffer, mediaType: string) {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

/** A manifest of one config and some layers, all of which must be there already; `more` adds or replaces fields. */
export function manifestOf(config: Buffer, layers: readonly Buffer[], more: Record<string, unknown> = {}): Buffer {
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: describeBytes(config, 'application/vnd.oci.image.config.v1+json'),
      layers: layers.map((layer) => describeBytes(layer, 'application/vnd.oci.image.layer.v1.tar+gzip')),
      ...more,
    }),
  );
}

/** Pushes config, layers and manifest. */
export async function pushImage(
  base: string,
  repository: string,
  reference: string,
  options: { layers?: readonly Buffer[]; more?: Record<string, unknown> } = {},
): Promise<{ digest: string; manifest: Buffer; layers: readonly Buffer[]; answer: Answer }> {
  const { layers = [fresh(100), fresh(100_000)], more = {} } = options;
  const config = fresh(50);
  for (const blob of [config, ...layers]) await pushBlob(base, repository, blob);
  const manifest = manifestOf(config, layers, more);
  const answer = await call(base, 'PUT', `/v2/${repository}/manifests/${reference}`, {
    headers: { 'content-type': MANIFEST },
    body: manifest,
  });
  if (answer.status !== 201) throw new Error(`manifest not pushed: ${answer.status} ${answer.body.toString()}`);
  return { digest: digestOf(manifest), manifest, layers, answer };
}
