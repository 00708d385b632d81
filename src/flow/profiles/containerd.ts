import { MEDIA_TYPES } from '../../registry/index.ts';
import type { ClientProfile } from './profile.ts';

/** Each request is tried again by itself, an upload with its session; the same failure twice in a row is final. */
const REQUEST = { attempts: 5, statuses: [408, 429], statusesOnce: [500, 503, 504], delaysMs: [0], networkDelaysMs: [50] };

/** containerd as the kubelet and `ctr` use it: containerd `core/remotes/docker`. */
export const containerd: ClientProfile = {
  name: 'containerd',
  doc: 'containerd, as Kubernetes nodes and ctr use it',
  userAgent: 'containerd/2.1.4',
  extraHeaders: {},
  headersOf: {},
  http2: false,
  freshConnectionsPerOperation: true,
  ping: false,
  authStyle: { clientId: 'containerd-client', account: false, post: 'secret', actions: 'pull,push', onePushToken: true },

  headManifest: 'tag+digest',
  getAfterHead: [405],
  accept: {
    manifests: [MEDIA_TYPES.dockerManifest, MEDIA_TYPES.dockerManifestList, MEDIA_TYPES.ociManifest, MEDIA_TYPES.ociIndex, '*/*'],
    lines: 'joined',
    manifestByDigest: 'descriptor, any',
    blobs: 'descriptor, any',
  },
  acceptEncoding: { whole: 'zstd;q=1.0, gzip;q=0.8, deflate;q=0.5', range: 'zstd;q=1.0, gzip;q=0.8, deflate;q=0.5' },
  configBeforeLayers: true,
  configOutsideLimit: false,
  layerConcurrency: { down: 3, up: 3 },

  headBeforePush: 'last',
  headBeforeUpload: { layer: 'always', config: 'always' },
  headAfterCommit: false,
  configWithLayers: true,
  mountAttempts: [{ upTo: Number.POSITIVE_INFINITY, attempts: 1 }],
  uploadMode: 'monolithic',
  patchFraming: 'length',
  chunkSize: 5_242_880,

  cancelAbandoned: false,
  retry: {
    policy: 'containerd',
    request: REQUEST,
    blob: {
      // A body that ends too early is opened again where it ended, three times without progress.
      layer: { attempts: 4, statuses: [], delaysMs: [0], networkDelaysMs: [0] },
      config: { attempts: 4, statuses: [], delaysMs: [0], networkDelaysMs: [0] },
      resume: true,
      progress: 1,
    },
    upload: REQUEST,
  },
};
