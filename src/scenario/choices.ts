import { CACHE_POLICIES, CLIENT_NAMES, UPLOAD_MODES } from '../flow/index.ts';
import type { KindName } from './kinds.ts';

/** Values that shells offer for a kind of option. One that ends in `:` goes on. */
export const CHOICES: { readonly [K in KindName]?: readonly string[] } = {
  client: CLIENT_NAMES,
  uploadMode: UPLOAD_MODES,
  cache: CACHE_POLICIES,
  verify: ['full', 'sampled:', 'size', 'off'],
  connections: ['per-vu', 'shared:'],
  summaryMode: ['compact', 'full', 'disabled'],
  logFormat: ['text', 'json'],
  retries: ['none', 'profile', ...CLIENT_NAMES],
};
