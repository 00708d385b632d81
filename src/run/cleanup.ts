import type { Logger } from '../base/index.ts';
import { ExchangeError } from '../http/index.ts';
import { type RegistryClient, RegistryError } from '../registry/index.ts';
import type { PushedManifests } from './pushed-manifests.ts';

/** Removes what the run pushed, manifest by manifest and with it its tags. Says aloud how much the registry refused to remove. */
export async function removePushed(registry: RegistryClient, pushed: PushedManifests, signal: AbortSignal, log: Logger): Promise<void> {
  let removed = 0;
  let refused = 0;
  let example = '';
  for (const { repository, digest } of pushed.toRemove()) {
    if (signal.aborted) break;
    try {
      await registry.manifests.delete(repository, digest, { missingOk: true });
      removed += 1;
    } catch (error) {
      if (!(error instanceof RegistryError) && !(error instanceof ExchangeError)) throw error;
      refused += 1;
      example ||= error.message;
    }
  }
  if (removed > 0) log.info(`cleanup removed ${removed} of ${pushed.size} manifests that this run pushed`);
  if (refused > 0) log.warn(`cleanup could not remove ${refused} of ${pushed.size} manifests: ${example}`);
}
