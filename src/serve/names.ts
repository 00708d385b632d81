/**
 * The grammar of names, tags and digests (OCI distribution spec, "Pulling manifests"). It stands here and not in `registry`, because the
 * server must judge what a client sends without sharing that client's code, mistakes included.
 */

const NAME = /^[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*)*$/;
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
const DIGEST = /^(?:sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128})$/;

/** Digest algorithms that the server can check. */
export type Algorithm = 'sha256' | 'sha512';

/** True for a repository name, at most 255 characters. */
export function isRepositoryName(text: string): boolean {
  return text.length <= 255 && NAME.test(text);
}

/** True for a tag. */
export function isTag(text: string): boolean {
  return TAG.test(text);
}

/** True for a digest of a known algorithm, in lower case and of the right length. */
export function isDigest(text: string): boolean {
  return DIGEST.test(text);
}

/** The algorithm of a digest that {@link isDigest} accepts. */
export function algorithmOf(digest: string): Algorithm {
  return digest.startsWith('sha512:') ? 'sha512' : 'sha256';
}
