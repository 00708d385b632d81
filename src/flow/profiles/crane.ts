import { MEDIA_TYPES } from '../../registry/index.ts';
import type { ClientProfile } from './profile.ts';
import { UPLOAD_OPERATIONS } from './retry.ts';

const AGAIN = {
  attempts: 3,
  statuses: [408, 429, 499, 500, 502, 503, 504, 522],
  delaysMs: [1_000, 3_000],
  networkDelaysMs: [1_000, 3_000],
};

/** crane, of go-containerregistry: ggcr `pkg/v1/remote`. */
export const crane: ClientProfile = {
  name: 'crane',
  doc: 'crane (go-containerregistry): layers of a pull one after another',
  userAgent: 'crane/0.20.6 go-containerregistry/0.20.6',
  extraHeaders: {},
  headersOf: { upload_start: { 'content-type': 'application/json' }, upload_mount: { 'content-type': 'application/json' } },
  http2: true,
  freshConnectionsPerOperation: true,
  ping: true,
  authStyle: { clientId: 'go-containerregistry', account: false, post: 'identity-token', actions: 'push,pull', onePushToken: true },

  headManifest: 'none',
  getAfterHead: [],
  accept: {
    manifests: [
      MEDIA_TYPES.dockerSchema1,
      MEDIA_TYPES.dockerSchema1Signed,
      MEDIA_TYPES.dockerManifest,
      MEDIA_TYPES.ociManifest,
      MEDIA_TYPES.dockerManifestList,
      MEDIA_TYPES.ociIndex,
    ],
    lines: 'joined',
    manifestByDigest: 'descriptor',
    blobs: 'none',
  },
  acceptEncoding: { whole: 'gzip', range: undefined },
  configBeforeLayers: true,
  configOutsideLimit: false,
  layerConcurrency: { down: 1, up: 4 },

  headBeforePush: 'first',
  headBeforeUpload: { layer: 'always', config: 'always' },
  headAfterCommit: false,
  configWithLayers: true,
  mountAttempts: [{ upTo: Number.POSITIVE_INFINITY, attempts: 1 }],
  uploadMode: 'stream',
  patchFraming: 'length',
  chunkSize: 5_242_880,

  cancelAbandoned: false,
  retry: {
    policy: 'crane',
    request: { ...AGAIN, except: ['blob_head', ...UPLOAD_OPERATIONS] }, // what belongs to an upload is tried again with it
    blob: { layer: undefined, config: undefined, resume: false, progress: undefined },
    upload: AGAIN,
  },
};
