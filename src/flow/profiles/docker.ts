import { MEDIA_TYPES } from '../../registry/index.ts';
import type { ClientProfile } from './profile.ts';

/** Docker tries a whole layer again, up and down, and not when the registry says that it will not: 401, 403, 404, 429. */
const WAITS = [5_000, 10_000, 15_000, 20_000];
const AS_A_WHOLE = { attempts: 5, statuses: [408, 500, 502, 503, 504], delaysMs: WAITS, networkDelaysMs: WAITS };
const SHORT_WAITS = [250, 500, 1_000, 2_000];

/** Docker Engine with its own image store (default until version 28): moby `daemon/internal/distribution`. */
export const docker: ClientProfile = {
  name: 'docker',
  doc: 'Docker Engine with its own image store',
  userAgent:
    'docker/28.5.2 go/go1.24.9 git-commit/0000000 kernel/6.8.0 os/linux arch/amd64 UpstreamClient(Docker-Client/28.5.2 \\(linux\\))',
  extraHeaders: {},
  headersOf: {},
  http2: false,
  freshConnectionsPerOperation: true,
  ping: true,
  authStyle: { clientId: 'docker', account: true, post: 'identity-token', actions: 'push,pull', onePushToken: true },

  headManifest: 'tag',
  getAfterHead: 'any',
  accept: {
    // In Docker the order is random; here it is one order, so that two runs send the same.
    manifests: [MEDIA_TYPES.dockerManifest, MEDIA_TYPES.dockerManifestList, MEDIA_TYPES.ociManifest, MEDIA_TYPES.ociIndex],
    lines: 'multi-line',
    manifestByDigest: 'same',
    blobs: 'none',
  },
  acceptEncoding: { whole: 'gzip', range: undefined },
  configBeforeLayers: false,
  configOutsideLimit: true,
  layerConcurrency: { down: 3, up: 5 },

  headBeforePush: 'none',
  headBeforeUpload: { layer: 'not-fresh', config: 'always' },
  headAfterCommit: true,
  configWithLayers: false,
  mountAttempts: [
    { upTo: 102_400, attempts: 1 },
    { upTo: 10_485_760, attempts: 3 },
    { upTo: Number.POSITIVE_INFINITY, attempts: 4 },
  ],
  uploadMode: 'stream',
  patchFraming: 'chunked',
  chunkSize: 5_242_880,

  cancelAbandoned: false,
  retry: {
    policy: 'docker',
    request: undefined, // manifests are not tried again
    blob: {
      layer: AS_A_WHOLE,
      config: { ...AS_A_WHOLE, delaysMs: SHORT_WAITS, networkDelaysMs: SHORT_WAITS },
      resume: true,
      progress: undefined,
    },
    upload: AS_A_WHOLE,
  },
};
