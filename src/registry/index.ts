export { Authorizer, type AuthorizerOptions } from './auth/authorizer.ts';
export {
  type Credentials,
  type CredentialSources,
  type IdentityTokenCredentials,
  type PasswordCredentials,
  type RegistryTokenCredentials,
  type ResolvedCredentials,
  resolveCredentials,
} from './auth/credentials.ts';
export { TokenCache } from './auth/token-cache.ts';
export type { TokenStyle } from './auth/token-style.ts';
export type { BlobGetOptions, BlobRange, Blobs } from './blobs.ts';
export type { Catalog } from './catalog.ts';
export { type OwnRequest, RegistryClient, type RegistryClientOptions } from './client.ts';
export { algorithmOf, CountingSink, type DigestAlgorithm, digestOf, DigestSink, isDigest } from './digest.ts';
export { ManifestError, readErrorBody, redactUrl, RegistryError } from './errors.ts';
export type { ManifestOptions, Manifests } from './manifests.ts';
export { isForeignLayer, MANIFEST_ACCEPT, MEDIA_TYPES } from './media-types.ts';
export { OpenUploads } from './open-uploads.ts';
export type { OperationName } from './operations.ts';
export type { PageOptions } from './paging.ts';
export { type ImageManifest, type IndexManifest, type Manifest, parseManifest, type Schema1Manifest } from './parse-manifest.ts';
export { formatReference, isRepository, isTag, parseReference, type Reference } from './reference.ts';
export { type Referrers, referrersTag } from './referrers.ts';
export type { Tags } from './tags.ts';
export * from './types.ts';
export type { MountResult, PostResult, Uploads } from './uploads.ts';
