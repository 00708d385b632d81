import type { BodySource, Sink } from '../../http/index.ts';
import { algorithmOf, type Descriptor, DigestSink, type RegistryClient } from '../../registry/index.ts';
import { FlowError } from '../failure.ts';

/** Bytes asked for at once. Two of these are held for each blob under way: one that goes out, one that comes in. */
const WINDOW = 8 * 1024 * 1024;

/** A registry that ignores ranges gets one request for the whole blob, if it is no larger than this. */
const HOLD_AT_MOST = 64 * 1024 * 1024;

/**
 * A blob of another registry as a body to send: fetched range by range while it is sent, so that a slow receiver holds up the sender and no blob
 * is ever held whole. Every pass is checked against the digest before its last byte goes out.
 */
export function remoteBlob(registry: RegistryClient, repository: string, blob: Descriptor): BodySource {
  return { length: blob.size, open: () => windows(registry, repository, blob) };
}

async function* windows(registry: RegistryClient, repository: string, blob: Descriptor): AsyncGenerator<Uint8Array> {
  const { size, digest } = blob;
  if (size === 0) return;
  const hash = new DigestSink(algorithmOf(digest));
  // One goes out while the other fills: by the time that a window is asked for, the one before it has gone.
  let [filling, spare] = [
    Buffer.allocUnsafeSlow(Math.min(WINDOW, size)),
    Buffer.allocUnsafeSlow(Math.min(WINDOW, Math.max(0, size - WINDOW))),
  ];
  let next: Promise<Buffer> | undefined = fetchWindow(registry, repository, blob, 0, filling);
  for (let at = 0; next !== undefined; ) {
    const window: Buffer = await next;
    at += window.length;
    [filling, spare] = [spare, filling];
    next = at < size ? fetchWindow(registry, repository, blob, at, filling) : undefined;
    next?.catch(() => {}); // the receiver may have given up by then
    hash.write(window);
    if (next === undefined && hash.digest() !== digest) {
      throw new FlowError('DIGEST_MISMATCH', `the bytes of a blob of ${repository} do not have the digest that it was asked for by`);
    }
    yield window;
  }
}

async function fetchWindow(registry: RegistryClient, repository: string, blob: Descriptor, start: number, into: Buffer): Promise<Buffer> {
  const { size, digest } = blob;
  const length = Math.min(WINDOW, size - start);
  const sink = new FixedSink(into.subarray(0, length));
  const range = length === size ? {} : { range: { start, end: start + length - 1 } };
  const answer = await registry.blobs.get(repository, digest, { size, sink, ...range });
  if (answer.mismatch !== undefined) throw new FlowError(answer.mismatch.code, answer.mismatch.detail);
  if (answer.status === 200 && length < size && start === 0 && sink.offered === size) {
    return wholeBlob(registry, repository, blob);
  }
  if (sink.offered !== length) {
    throw new FlowError('SIZE_MISMATCH', `${sink.offered} bytes arrived of ${length} of a blob of ${repository}`);
  }
  return sink.bytes;
}

async function wholeBlob(registry: RegistryClient, repository: string, blob: Descriptor): Promise<Buffer> {
  const { size, digest } = blob;
  if (size > HOLD_AT_MOST) {
    const detail = `the registry of ${repository} ignores ranges, and a blob of ${size} bytes is too large to be copied without`;
    throw new FlowError('RANGE_IGNORED', detail);
  }
  const sink = new FixedSink(Buffer.allocUnsafeSlow(size));
  await registry.blobs.get(repository, digest, { size, sink });
  if (sink.offered !== size) throw new FlowError('SIZE_MISMATCH', `${sink.offered} bytes arrived of a blob of ${size} bytes`);
  return sink.bytes;
}

/** Keeps the first bytes of a body, as many as there is room for, and counts the rest. */
class FixedSink implements Sink {
  readonly bytes: Buffer;
  /** Bytes that came, kept or not. */
  offered = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  write(chunk: Uint8Array): void {
    if (this.offered < this.bytes.length) this.bytes.set(chunk.subarray(0, this.bytes.length - this.offered), this.offered);
    this.offered += chunk.length;
  }
}
