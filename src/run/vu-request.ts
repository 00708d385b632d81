import type { VuRequest, VuResponse } from '../flow/index.ts';
import { codeOfStatus, formatSize, LoadregError } from '../base/index.ts';
import { type Body, ExchangeError } from '../http/index.ts';
import { readErrorBody, type RegistryClient, RegistryError } from '../registry/index.ts';

/** k6's default response callback: 200 to 399. */
const ANY_GOOD: readonly number[] = Array.from({ length: 200 }, (_, index) => 200 + index);

/** Bytes of an answer that a scenario gets to see. */
const BODY_LIMIT = 16_777_216;

const NO_PHASES = { blocked: 0, connecting: 0, tlsHandshaking: 0, sending: 0, waiting: 0, receiving: 0 };

/** Sends a scenario's own request. A failure is an answer too: status 0 and a code. */
export async function sendVuRequest(registry: RegistryClient, request: VuRequest): Promise<VuResponse> {
  const { body, contentType } = encode(request.body);
  const chunks: Buffer[] = [];
  let kept = 0;
  const sink = {
    write(chunk: Uint8Array) {
      if (kept < BODY_LIMIT) chunks.push(Buffer.from(chunk));
      kept += chunk.length;
    },
  };
  const expect = request.expect ?? ANY_GOOD;
  try {
    const response = await registry.request({
      operation: request.name ?? 'request',
      method: request.method ?? 'GET',
      pathOrUrl: request.path,
      headers: { ...(contentType === undefined ? {} : { 'content-type': contentType }), ...request.headers },
      ...(body === undefined ? {} : { body }),
      sink,
      expect,
      auth: request.auth ?? true,
    });
    const text = response.status < 300 ? Buffer.concat(chunks).toString('utf8') : response.errorBody;
    const errorCode = expect.includes(response.status) ? '' : (readErrorBody(response.errorBody).codes[0] ?? codeOfStatus(response.status));
    return answer(response.status, response.headers, text, errorCode, response.phases, kept > BODY_LIMIT);
  } catch (error) {
    if (error instanceof ExchangeError) return answer(0, {}, '', error.code, NO_PHASES);
    if (error instanceof RegistryError) return answer(error.status, {}, '', error.code, NO_PHASES); // redirects in a circle, a token refused
    throw error;
  }
}

function answer(
  status: number,
  headers: VuResponse['headers'],
  body: string,
  errorCode: string,
  phases: VuResponse['phases'],
  cut = false,
): VuResponse {
  const json = (): unknown => {
    if (cut) throw new LoadregError(`the answer is larger than ${formatSize(BODY_LIMIT)} and was not kept whole`);
    return JSON.parse(body);
  };
  return { status, headers, body, errorCode, phases, json };
}

function encode(body: VuRequest['body']): { body?: Body; contentType?: string } {
  if (body === undefined) return {};
  if (typeof body === 'string') return { body: Buffer.from(body), contentType: 'text/plain; charset=utf-8' };
  if (body instanceof Uint8Array) return { body, contentType: 'application/octet-stream' };
  if (isSource(body)) return { body, contentType: 'application/octet-stream' };
  return { body: Buffer.from(JSON.stringify(body)), contentType: 'application/json' };
}

function isSource(body: object): body is Exclude<Body, Uint8Array> {
  return typeof (body as { open?: unknown }).open === 'function' && typeof (body as { length?: unknown }).length === 'number';
}
