import type { Body } from './request.ts';

/** Bytes at hand are sent in pieces of this size, so that an upload of many of them can be seen to stand still. */
const PIECE = 262_144;

/** Too small to be seen on its way: the system takes it whole. */
export function isSmall(body: Body): boolean {
  return body instanceof Uint8Array && body.byteLength <= PIECE;
}

/** Bytes piece by piece. */
export function* inPieces(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += PIECE) yield bytes.subarray(at, at + PIECE);
}
