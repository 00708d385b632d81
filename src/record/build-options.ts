import type { RunPlan } from '../plan/index.ts';
import type { RecordedOptions } from './schema-setting.ts';

/** The plan as the record shows it. Written out field by field, so that a new field of the plan is not recorded before someone has asked whether it is secret. */
export function recordedOptions(plan: RunPlan): RecordedOptions {
  return {
    scenarios: plan.scenarios.map((scenario) => ({
      name: scenario.name,
      exec: scenario.exec,
      executor: { ...scenario.executor },
      startTimeMs: scenario.startTimeMs,
      envNames: Object.keys(scenario.env).toSorted(),
      tags: { ...scenario.tags },
    })),
    thresholds: plan.thresholds.map(({ metric, expression, abortOnFail, delayAbortEvalMs, windowMs }) => ({
      metric,
      expression,
      abortOnFail,
      delayAbortEvalMs,
      windowMs: windowMs ?? null,
    })),
    baseline: plan.baseline ?? null,
    disabledThresholds: [...plan.disabledThresholds],
    warmupMs: plan.warmupMs,
    verify: plan.verify,
    clientProfile: plan.client,
    retries: { ...plan.retries },
    timeoutsMs: { ...plan.timeouts },
    minIterationMs: plan.minIterationMs,
    layerConcurrency: plan.layerConcurrency,
    push: {
      layerConcurrency: plan.push.layerConcurrency,
      mode: plan.push.mode,
      chunkSizeBytes: plan.push.chunkSize,
      mountFrom: plan.push.mountFrom ?? null,
    },
    cache: plan.cache,
    connections: plan.target.connections === 'per-vu' ? 'per-vu' : { ...plan.target.connections },
    noConnectionReuse: plan.target.noConnectionReuse,
    noVUConnectionReuse: plan.target.noVUConnectionReuse,
    repoPrefix: plan.repoPrefix,
    userAgent: plan.target.userAgent,
    restoreBasePath: plan.target.restoreBasePath,
    insecureSkipTlsVerify: plan.target.insecureSkipTlsVerify,
    tags: { ...plan.tags },
    setupTimeoutMs: plan.setupTimeoutMs,
    teardownTimeoutMs: plan.teardownTimeoutMs,
    noSetup: plan.noSetup,
    noTeardown: plan.noTeardown,
    noThresholds: plan.noThresholds,
    cleanup: plan.cleanup,
    maxWriteBytes: plan.maxWrite,
    summaryTrendStats: [...plan.summaryTrendStats],
    strict: plan.strict,
  };
}
