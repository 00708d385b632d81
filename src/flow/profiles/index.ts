import { containerd } from './containerd.ts';
import { crane } from './crane.ts';
import { dockerContainerd } from './docker-containerd.ts';
import { docker } from './docker.ts';
import { plain } from './plain.ts';
import type { ClientName, ClientProfile } from './profile.ts';
import { skopeo } from './skopeo.ts';

export type { AcceptStyle, ClientName, ClientProfile } from './profile.ts';
export { blobHeaders, manifestOptions } from './accept.ts';
export { clientSend, type ClientSendOptions, isNetworkFailure } from './client-send.ts';
export { type BlobRetry, type FailedTry, nextDelay, type RetryPolicy, type RetryRule } from './retry.ts';
export { parseRetries, type RetriesOption, type RetryAfterOptions, type RetryOptions, retryPolicy } from './retry-policy.ts';

/** Every client that a load can stand for. */
export const CLIENTS: { readonly [N in ClientName]: ClientProfile } = {
  plain,
  docker,
  'docker-containerd': dockerContainerd,
  containerd,
  crane,
  skopeo,
};

/** Their names, the default first. */
export const CLIENT_NAMES = Object.keys(CLIENTS) as readonly ClientName[];
