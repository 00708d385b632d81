import { MEDIA_TYPES } from '../../registry/index.ts';
import type { ClientProfile } from './profile.ts';

/** skopeo, and whatever else is built on containers/image (podman, buildah, CRI-O): c/image `docker/`, `copy/`. */
export const skopeo: ClientProfile = {
  name: 'skopeo',
  doc: 'skopeo, podman, buildah, CRI-O (containers/image)',
  userAgent: 'skopeo/1.20.0',
  extraHeaders: { 'docker-distribution-api-version': 'registry/2.0' },
  headersOf: {},
  http2: false,
  freshConnectionsPerOperation: true,
  ping: true,
  authStyle: { clientId: 'containers/image', account: true, post: 'identity-token', actions: 'pull,push', onePushToken: true },

  headManifest: 'none',
  getAfterHead: [],
  accept: {
    manifests: [
      MEDIA_TYPES.ociManifest,
      MEDIA_TYPES.dockerManifest,
      MEDIA_TYPES.dockerSchema1Signed,
      MEDIA_TYPES.dockerSchema1,
      MEDIA_TYPES.dockerManifestList,
      MEDIA_TYPES.ociIndex,
    ],
    lines: 'multi-line',
    manifestByDigest: 'same',
    blobs: 'none',
  },
  acceptEncoding: { whole: 'gzip', range: undefined },
  configBeforeLayers: true,
  configOutsideLimit: false,
  layerConcurrency: { down: 6, up: 6 },

  headBeforePush: 'none',
  headBeforeUpload: { layer: 'always', config: 'always' },
  headAfterCommit: false,
  configWithLayers: false,
  mountAttempts: [{ upTo: Number.POSITIVE_INFINITY, attempts: 1 }],
  uploadMode: 'stream',
  patchFraming: 'length',
  chunkSize: 5_242_880,

  cancelAbandoned: false,
  retry: {
    policy: 'skopeo',
    request: { attempts: 5, statuses: [429], delaysMs: [2_000, 4_000, 8_000, 16_000], retryAfterMaxMs: 60_000 },
    blob: {
      // It reconnects once without progress; a megabyte more earns another try.
      layer: { attempts: 2, statuses: [], delaysMs: [1_000], networkDelaysMs: [1_000] },
      config: { attempts: 2, statuses: [], delaysMs: [1_000], networkDelaysMs: [1_000] },
      resume: true,
      progress: 1_048_576,
    },
    upload: undefined,
  },
};
