import type { RunPlan } from '../plan/index.ts';
import { deepFreeze } from './json-data.ts';

/**
 * k6's `exec.test.options`: the consolidated options under the names that they have in a scenario file, every default filled in; times are
 * milliseconds, or what `duration` makes of them, sizes bytes. Frozen. Values that may be secret (`-e`, `headers`) are left out.
 */
export function testOptions(plan: RunPlan, duration: (ms: number) => unknown = (ms) => ms): Readonly<Record<string, unknown>> {
  const { target, push } = plan;
  const inOptions = (value: unknown) => plain(value, duration) as Record<string, unknown>;
  return deepFreeze({
    scenarios: Object.fromEntries(
      plan.scenarios.map(({ name, exec, executor, startTimeMs, tags }) => [
        name,
        { ...withoutWarmup(inOptions(executor)), startTime: duration(startTimeMs), exec, tags },
      ]),
    ),
    thresholds: thresholdsOf(plan, inOptions),
    warmup: duration(plan.warmupMs),
    minIterationDuration: duration(plan.minIterationMs),
    registry: target.registry,
    repoPrefix: plan.repoPrefix,
    verify: plan.verify,
    seed: plan.seed,
    connections: target.connections,
    noConnectionReuse: target.noConnectionReuse,
    noVUConnectionReuse: target.noVUConnectionReuse,
    client: plan.client,
    retries: plan.retries.policy,
    connectTimeout: duration(plan.timeouts.connect),
    headersTimeout: duration(plan.timeouts.headers),
    stallTimeout: duration(plan.timeouts.stall),
    requestTimeout: duration(plan.timeouts.total),
    layerConcurrency: plan.layerConcurrency,
    pushMode: push.mode,
    chunkSize: push.chunkSize,
    mountFrom: push.mountFrom,
    cache: plan.cache,
    setupTimeout: duration(plan.setupTimeoutMs),
    teardownTimeout: duration(plan.teardownTimeoutMs),
    noSetup: plan.noSetup,
    noTeardown: plan.noTeardown,
    tags: { ...plan.tags },
    cleanup: plan.cleanup,
    maxWrite: plan.maxWrite,
    summaryTrendStats: [...plan.summaryTrendStats],
    userAgent: target.userAgent,
    insecureSkipTLSVerify: target.insecureSkipTlsVerify,
    name: plan.name,
  });
}

function thresholdsOf(plan: RunPlan, inOptions: (value: unknown) => Record<string, unknown>): Record<string, unknown> {
  const byMetric: Record<string, Record<string, unknown>[]> = {};
  for (const { metric, expression, ...settings } of plan.thresholds) {
    (byMetric[metric] ??= []).push({ threshold: expression, ...inOptions(settings) });
  }
  return byMetric;
}

/** The warm-up belongs to the run, and stands there. */
function withoutWarmup(options: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).filter(([name]) => name !== 'warmup'));
}

/** `durationMs` of the plan is `duration` in a scenario file, at every depth. */
function plain(value: unknown, duration: (ms: number) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => plain(item, duration));
  if (typeof value !== 'object' || value === null) return value;
  const named = Object.entries(value).map(([key, field]) =>
    /[a-z]Ms$/.test(key) && typeof field === 'number' ? [key.slice(0, -2), duration(field)] : [key, plain(field, duration)],
  );
  return Object.fromEntries(named.filter(([, field]) => field !== undefined)) as unknown;
}
