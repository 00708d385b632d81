import type { Phases } from '../measure/index.ts';
import type { ResponseHeaders } from '../http/index.ts';

/** Points at content: OCI image-spec `descriptor.md`. Only fields that loadreg uses are kept. */
export interface Descriptor {
  readonly mediaType: string;
  /** `sha256:<64 hex>` or `sha512:<128 hex>`. */
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
  readonly artifactType?: string;
  readonly platform?: Platform;
  /** Where a foreign layer lives; such a layer is never pushed, and credentials never go there. */
  readonly urls?: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
}

/** What an entry of an index is built for. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

/** What the head of a manifest answer says. */
export interface ManifestInfo {
  /** `Content-Type` without parameters; '' when there was none. */
  readonly mediaType: string;
  /** `Docker-Content-Digest`, as the registry says it. */
  readonly digest?: string;
  /** Bytes. */
  readonly size?: number;
}

/** A manifest as it was received. */
export interface ManifestContent {
  /** `Content-Type` without parameters; '' when there was none. */
  readonly mediaType: string;
  readonly bytes: Buffer;
  /** Digest of `bytes`: by the algorithm of the digest asked for, else SHA-256. */
  readonly digest: string;
  /** `Docker-Content-Digest`, as the registry says it. */
  readonly headerDigest?: string;
  /** Set when `bytes` are not what was asked for (`DIGEST_MISMATCH`); the exchange is then recorded as failed. */
  readonly mismatch: { code: string; detail: string } | undefined;
  readonly phases: Phases;
}

/** What a registry said about a manifest that it took. */
export interface ManifestPushed {
  readonly digest?: string;
  /** Absolute URL. */
  readonly location?: string;
  /** `OCI-Subject`: the registry lists this manifest among the referrers of that digest by itself. */
  readonly subject?: string;
}

/** What the head of a blob answer says. */
export interface BlobInfo {
  /** Bytes. */
  readonly size?: number;
  readonly digest?: string;
}

/** The answer to a blob GET, once its body was taken. */
export interface BlobContent {
  /** 200, or 206 when a range was asked for (200 then means that the registry ignored it). */
  readonly status: number;
  /** Bytes of body that arrived. */
  readonly bytes: number;
  /** Size of the whole blob, as `Content-Range` or `Content-Length` says; undefined when neither does. */
  readonly size: number | undefined;
  readonly headers: ResponseHeaders;
  /** Phases of the last hop, in microseconds. */
  readonly phases: Phases;
  readonly mismatch: { code: string; detail: string } | undefined;
}

/**
 * An open upload. Every answer may change it, so go on with the newest one that a method returned.
 * A session serves one blob and dies with its last PUT.
 */
export interface UploadSession {
  readonly repository: string;
  /** Absolute URL; opaque. */
  readonly location: string;
  /** Bytes that the registry has, by our own count. */
  readonly offset: number;
  /** `OCI-Chunk-Min-Length`: bytes that every chunk but the last one must have. */
  readonly minChunk?: number;
  /**
   * True once a body was cut off: how much of it arrived is unknown. Such a session takes no more bytes before `uploads.status()` gave a
   * fresh one.
   */
  uncertain: boolean;
}

/** A list in pages: `next` is the absolute URL of the page after this one. */
export interface TagsPage {
  readonly tags: readonly string[];
  readonly next?: string;
}

/** A page of the catalog. */
export interface CatalogPage {
  readonly repositories: readonly string[];
  readonly next?: string;
}

/** Manifests that name another one as their `subject`. */
export interface ReferrersList {
  readonly manifests: readonly Descriptor[];
  /** `tag`: the registry has no referrers API, and the index under the tag `<algorithm>-<hex>` was read instead. */
  readonly source: 'api' | 'tag';
}

/** The answer to a ping. */
export interface PingResult {
  /** 200: open to us; 401: see `challenges`. */
  readonly status: 200 | 401;
  /** `Docker-Distribution-API-Version`. */
  readonly apiVersion?: string;
  /** `Server`. */
  readonly server?: string;
  /** `Date`, for a look at the clocks. */
  readonly date?: string;
  readonly challenges: readonly Challenge[];
}

/** One challenge of a `WWW-Authenticate` header. */
export interface Challenge {
  /** Lower case: `basic`, `bearer`, … */
  readonly scheme: string;
  /** Names in lower case. */
  readonly parameters: Readonly<Record<string, string>>;
}
