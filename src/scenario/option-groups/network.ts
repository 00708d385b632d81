import { CLIENT_NAMES } from '../../flow/index.ts';
import type { OptionRow } from '../option-row.ts';

/** How long an exchange may take, and what is tried again. */
export const NETWORK_OPTIONS = {
  retries: {
    kind: 'retries',
    group: 'Registry',
    file: 'scenario',
    flag: '--retries POLICY',
    env: true,
    doc: `what is tried again: none, a number, or as profile (default: the client's own; plain none), ${CLIENT_NAMES.slice(1).join(', ')}`,
  },
  honorRetryAfter: {
    kind: 'boolean',
    group: 'Registry',
    file: 'scenario',
    flag: '--honor-retry-after',
    env: true,
    doc: 'wait before a retry as long as Retry-After says, also for clients that do not',
  },
  maxRetryAfter: {
    kind: 'duration',
    group: 'Registry',
    file: 'scenario',
    flag: '--max-retry-after TIME',
    env: true,
    doc: 'longest such wait (default 60s)',
  },
  stallTimeout: {
    kind: 'timeout',
    group: 'Registry',
    file: 'scenario',
    flag: '--stall-timeout TIME',
    env: true,
    doc: 'a body that stands still so long has stalled, up or down (default 30s)',
  },
  connectTimeout: {
    kind: 'timeout',
    group: 'Registry',
    file: 'scenario',
    flag: '--connect-timeout TIME',
    env: true,
    doc: 'for TCP and TLS together (default 5s)',
  },
  headersTimeout: {
    kind: 'timeout',
    group: 'Registry',
    file: 'scenario',
    flag: '--headers-timeout TIME',
    env: true,
    doc: 'from the end of a request to the head of its answer (default 60s, uploads 300s)',
  },
  requestTimeout: {
    kind: 'timeout',
    group: 'Registry',
    file: 'scenario',
    flag: '--request-timeout TIME',
    env: true,
    doc: 'for a whole exchange (default 15m)',
  },
} as const satisfies Record<string, OptionRow>;
