import type { VU } from './vu.ts';

/** How a client begins an operation: as a new process where it is one, and with a look at `/v2/` where it takes one. */
export async function arrive(vu: VU, pushesTo?: string): Promise<void> {
  const { profile } = vu.internals.settings;
  if (profile.freshConnectionsPerOperation) vu.internals.freshHost();
  if (pushesTo !== undefined) vu.registry.expectPush(pushesTo);
  if (profile.ping) await vu.registry.ping({ authenticate: false });
}
