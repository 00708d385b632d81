import { BufferSink } from './buffer-sink.ts';
import { RegistryError } from './errors.ts';
import { isRecord } from './record.ts';
import type { Answer, Call, Transport } from './transport.ts';

/** Bytes of a list that are taken at most: some 500 000 tags. */
const LIST_LIMIT = 33_554_432;

/** Sends a call whose answer is a JSON object. Throws RegistryError `BODY_UNUSABLE` when it is none, or too large. */
export async function callForJson(
  transport: Transport,
  call: Omit<Call, 'sink'>,
): Promise<{ answer: Answer; fields: Readonly<Record<string, unknown>> }> {
  const sink = new BufferSink(LIST_LIMIT);
  const answer = await transport.call({ ...call, sink });
  if (answer.response.status >= 300) return { answer, fields: {} }; // an expected refusal has no such body
  if (sink.overflowed) throw unusable(transport, call, answer, `the answer is larger than ${LIST_LIMIT} bytes`);
  try {
    const parsed: unknown = JSON.parse(sink.take().toString('utf8'));
    if (isRecord(parsed)) return { answer, fields: parsed };
  } catch {
    // said below
  }
  throw unusable(transport, call, answer, 'the answer is no JSON object');
}

/** Text entries of a list; `null` counts as an empty list, since registries send it for one. */
export function textList(transport: Transport, call: Call, answer: Answer, value: unknown, name: string): string[] {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value) && value.every((entry) => typeof entry === 'string')) return value;
  throw unusable(transport, call, answer, `"${name}" of the answer is no list of texts`);
}

function unusable(transport: Transport, call: Call, answer: Answer, detail: string): RegistryError {
  return transport.failure(call, answer, 'BODY_UNUSABLE', detail);
}
