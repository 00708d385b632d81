/** All that a scenario file can import from `loadreg`. */

export {
  catalog,
  check,
  Counter,
  flow,
  FlowError,
  Gauge,
  group,
  images,
  listTags,
  probe,
  pull,
  push,
  Rate,
  remove,
  sleep,
  Trend,
} from './flow/index.ts';

export type {
  CatalogResult,
  Exec,
  FlowOutcome,
  FlowResult,
  FreshOptions,
  FromCatalogOptions,
  ListOptions,
  ListTagsResult,
  ProbeResult,
  PullOptions,
  PullResult,
  PushImage,
  PushOptions,
  PushResult,
  RemoveOptions,
  RemoveResult,
  RetagOptions,
  SeedImagesOptions,
  UploadMode,
  VerifyPolicy,
  VU,
  VuRequest,
  VuResponse,
} from './flow/index.ts';
export type { ImageFormat, ImageRef, Popularity, SeededImage, Size } from './image/index.ts';
export type { Random } from './base/index.ts';
export type { Descriptor } from './registry/index.ts';
export type {
  CommonScenarioOptions,
  ConstantVusOptions,
  Duration,
  Options,
  PerVuIterationsOptions,
  ScenarioModule,
  ScenarioOptions,
  SharedIterationsOptions,
  SummaryData,
  ThresholdOption,
} from './scenario/index.ts';
