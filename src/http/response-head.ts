import type { ResponseHeaders } from './request.ts';

/**
 * The header fields of an answer as undici's parser left them: name, value, name, value, …. They are views into the read buffer, which the next read
 * overwrites, so their text is taken at once, in one piece; most answers are never asked for a field, and are spared the rest.
 */
export class ResponseHead {
  readonly #raw: readonly Buffer[];
  /** The stretch of the buffer that holds all of them; undefined when they were read at once. */
  readonly #text: string | undefined;
  #fields: ResponseHeaders | undefined;

  constructor(raw: readonly Buffer[]) {
    this.#raw = raw;
    this.#text = textOf(raw);
    if (this.#text === undefined) this.#fields = this.#read();
  }

  /** By name in lower case. */
  get fields(): ResponseHeaders {
    this.#fields ??= this.#read();
    return this.#fields;
  }

  #read(): ResponseHeaders {
    const fields: Record<string, string | string[]> = {};
    const raw = this.#raw;
    for (let i = 0; i + 1 < raw.length; i += 2) {
      const name = this.#part(i).toLowerCase();
      const value = this.#part(i + 1);
      const before = Object.hasOwn(fields, name) ? fields[name] : undefined;
      if (before === undefined) define(fields, name, value);
      else if (Array.isArray(before)) before.push(value);
      else fields[name] = [before, value];
    }
    return fields;
  }

  #part(i: number): string {
    const part = this.#raw[i] as Buffer;
    if (this.#text === undefined) return part.toString('latin1');
    const start = part.byteOffset - (this.#raw[0] as Buffer).byteOffset;
    return this.#text.slice(start, start + part.length);
  }
}

/** The buffer that was looked at last, whole: all plain sockets of a thread read into one. */
let lastSeen: Buffer | undefined;

/** From the first name to the end of the last value; undefined where they do not lie in one piece, one behind the other. */
function textOf(raw: readonly Buffer[]): string | undefined {
  const [first] = raw;
  const last = raw.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const { buffer } = first;
  let end = first.byteOffset;
  for (const part of raw) {
    if (part.buffer !== buffer || part.byteOffset < end) return undefined;
    end = part.byteOffset + part.length;
  }
  if (lastSeen?.buffer !== buffer) lastSeen = Buffer.from(buffer);
  return lastSeen.toString('latin1', first.byteOffset, end);
}

function define(fields: Record<string, string | string[]>, name: string, value: string): void {
  if (name === '__proto__') Object.defineProperty(fields, name, { value, enumerable: true, configurable: true, writable: true });
  else fields[name] = value;
}
