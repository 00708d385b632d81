import { MEDIA_TYPES } from '../../registry/index.ts';
import type { ClientProfile } from './profile.ts';
import { NO_RETRIES } from './retry.ts';

/**
 * loadreg's own way, and the default: HEAD and GET of the manifest, config, layers; each blob HEAD, POST, PUT. Connections and tokens
 * stay with the VU from one flow to the next, and nothing is tried again, so that each failure of the registry is seen.
 */
export const plain: ClientProfile = {
  name: 'plain',
  doc: "loadreg's own way: the fewest requests, nothing tried again",
  userAgent: undefined,
  extraHeaders: {},
  headersOf: {},
  http2: false,
  freshConnectionsPerOperation: false,
  ping: false,
  authStyle: { clientId: 'loadreg', account: false, post: 'identity-token', actions: 'pull,push', onePushToken: false },

  headManifest: 'tag',
  getAfterHead: [],
  accept: {
    manifests: [MEDIA_TYPES.dockerManifest, MEDIA_TYPES.dockerManifestList, MEDIA_TYPES.ociManifest, MEDIA_TYPES.ociIndex],
    lines: 'joined',
    manifestByDigest: 'same',
    blobs: 'any',
  },
  acceptEncoding: { whole: 'identity', range: 'identity' },
  configBeforeLayers: true,
  configOutsideLimit: false,
  layerConcurrency: { down: 3, up: 3 },

  headBeforePush: 'none',
  headBeforeUpload: { layer: 'always', config: 'always' },
  headAfterCommit: false,
  configWithLayers: false,
  mountAttempts: [{ upTo: Number.POSITIVE_INFINITY, attempts: Number.POSITIVE_INFINITY }],
  uploadMode: 'monolithic',
  patchFraming: 'length',
  chunkSize: 5_242_880,

  cancelAbandoned: true,
  retry: NO_RETRIES,
};
