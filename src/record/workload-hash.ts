import { createHash } from 'node:crypto';
import type { RunPlan } from '../plan/index.ts';

/**
 * Hash of everything that shapes the load: equal for two runs exactly when their numbers are about the same work. Values of `-e` go in
 * here and nowhere else. Left out on purpose: threads and agents (they change no choice), the target with its headers and repositories
 * (that is what is compared), and what happens after the load.
 * `text` is the scenario's bundle without paths and source map.
 */
export function workloadHash(plan: RunPlan, text: string): string {
  const shape = {
    seed: plan.seed,
    verify: plan.verify,
    clientProfile: plan.client,
    retries: plan.retries,
    minIterationMs: plan.minIterationMs,
    layerConcurrency: plan.layerConcurrency,
    push: plan.push,
    cache: plan.cache,
    connections: plan.target.connections,
    noConnectionReuse: plan.target.noConnectionReuse,
    noVUConnectionReuse: plan.target.noVUConnectionReuse,
    warmupMs: plan.warmupMs,
    noSetup: plan.noSetup,
    env: plan.env,
    scenarios: plan.scenarios.map(({ name, exec, executor, startTimeMs, env }) => ({ name, exec, executor, startTimeMs, env })),
    text,
  };
  return `sha256:${createHash('sha256').update(canonicalJson(shape)).digest('hex')}`;
}

/** JSON with the keys of every object sorted, so that equal values give equal text. Fields that are undefined are left out. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`);
    return `{${fields.join(',')}}`;
  }
  return JSON.stringify(value);
}
