/** Time-outs of an exchange, all in milliseconds. */
export interface Timeouts {
  /** TCP and TLS together. */
  readonly connect: number;
  /** From the end of the request to the head of the answer. */
  readonly headers: number;
  /** The same for uploads, where a registry commits before it answers. */
  readonly uploadHeaders: number;
  /** Without any byte of a body, in either direction: an exchange that stands still for so long has stalled. */
  readonly stall: number;
  /** The whole exchange. */
  readonly total: number;
}

/** The defaults of the design: they let a large commit take its time and still end a dead transfer. */
export const DEFAULT_TIMEOUTS: Timeouts = {
  connect: 5_000,
  headers: 60_000,
  uploadHeaders: 300_000,
  stall: 30_000,
  total: 900_000,
};
