export { CACHE_POLICIES, type CachePolicy } from './blob-cache.ts';
export { catalog, type CatalogResult } from './catalog.ts';
export { check } from './check.ts';
export { FlowError } from './failure.ts';
export { flow, type FlowOutcome, type FlowResult } from './flow.ts';
export { group } from './group.ts';
export {
  type ArchiveOptions,
  type ArtifactOptions,
  type FreshOptions,
  type FromArchiveOptions,
  type FromCatalogOptions,
  type FromRegistryOptions,
  images,
  type RetagOptions,
  type SeedImagesOptions,
  type SyntheticOptions,
} from './images/index.ts';
export { knobs, type NumberKnob } from './knobs.ts';
export type { ListOptions } from './list.ts';
export { listTags, type ListTagsResult } from './list-tags.ts';
export { Counter, CUSTOM_METRICS, Gauge, Rate, Trend } from './metrics.ts';
export { choosePlatform } from './platform.ts';
export { probe, type ProbeResult } from './probe.ts';
export {
  CLIENT_NAMES,
  CLIENTS,
  clientSend,
  type ClientSendOptions,
  type ClientName,
  type ClientProfile,
  parseRetries,
  type RetriesOption,
  type RetryAfterOptions,
  type RetryOptions,
  type RetryPolicy,
  retryPolicy,
  type RetryRule,
} from './profiles/index.ts';
export { pull, type PullOptions, type PullResult } from './pull.ts';
export { push, type PushImage, type PushOptions, type PushResult } from './push.ts';
export { remove, type RemoveOptions, type RemoveResult } from './remove.ts';
export { sleep } from './sleep.ts';
export { UPLOAD_MODES, type UploadMode } from './upload-options.ts';
export type * from './vu.ts';
