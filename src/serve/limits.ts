/** Bytes up to which a blob is kept in memory while it is used often, and an upload until it is complete. */
export const SMALL = 64 * 1024;

/** Bytes that small blobs and manifests may take in memory together. */
export const CACHE = 64 * 1024 * 1024;

/** Largest manifest that is accepted; the spec asks for at least 4 MB. */
export const MANIFEST = 4 * 1024 * 1024;

/** Milliseconds after which an upload session that nobody touched is dropped. */
export const SESSION_IDLE = 60 * 60 * 1000;
