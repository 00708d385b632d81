export { catalog, type CatalogResult } from './catalog.ts';
export { check } from './check.ts';
export { FlowError } from './failure.ts';
export { flow, type FlowOutcome, type FlowResult } from './flow.ts';
export { group } from './group.ts';
export {
  type FreshOptions,
  type FromCatalogOptions,
  images,
  type RetagOptions,
  type SeedImagesOptions,
} from './images/index.ts';
export type { ListOptions } from './list.ts';
export { listTags, type ListTagsResult } from './list-tags.ts';
export { Counter, CUSTOM_METRICS, Gauge, Rate, Trend } from './metrics.ts';
export { probe, type ProbeResult } from './probe.ts';
export { pull, type PullOptions, type PullResult } from './pull.ts';
export { push, type PushImage, type PushOptions, type PushResult } from './push.ts';
export { remove, type RemoveOptions, type RemoveResult } from './remove.ts';
export { sleep } from './sleep.ts';
export type { UploadMode } from './upload.ts';
export type * from './vu.ts';
