import { basename, extname } from 'node:path';

import { CLIENTS, retryPolicy } from '../flow/index.ts';
import { DEFAULT_TIMEOUTS, type Timeouts } from '../http/index.ts';
import { DEFAULT_TREND_STATS } from '../measure/index.ts';
import type { RunPlan, TargetPlan } from '../plan/index.ts';
import { displayPath } from './frames.ts';
import type { OptionValues } from './option-table.ts';

/** What a plan is made of beside the values of its options: what was checked against the scenario and against each other. */
export interface PlanParts extends Pick<RunPlan, 'scenarios' | 'thresholds' | 'disabledThresholds' | 'baseline' | 'warmupMs'> {
  /** Absolute path of the scenario file. */
  readonly path: string;
  /** Of loadreg, for the default user agent. */
  readonly version: string;
}

const MINUTE = 60_000;

/** The plan of a run: every option with its value, or its default. */
export function planOf(values: OptionValues, { path, version, ...parts }: PlanParts): RunPlan {
  const profile = CLIENTS[values.client ?? 'plain'];
  return {
    name: values.name ?? basename(path, extname(path)),
    scenarioPath: displayPath(path),
    seed: values.seed ?? 1,
    verify: values.verify ?? 'full',
    repoPrefix: values.repoPrefix ?? 'loadreg',
    client: profile.name,
    retries: retryPolicy(
      values.retries ?? 'profile',
      { honor: values.honorRetryAfter ?? false, maxMs: values.maxRetryAfter },
      profile,
      CLIENTS,
    ),
    timeouts: planTimeouts(values),
    layerConcurrency: values.layerConcurrency ?? profile.layerConcurrency.down,
    push: {
      layerConcurrency: values.layerConcurrency ?? profile.layerConcurrency.up,
      mode: values.pushMode ?? profile.uploadMode,
      chunkSize: values.chunkSize ?? profile.chunkSize,
      mountFrom: values.mountFrom,
    },
    cache: values.cache ?? 'none',
    target: planTarget(values, profile.userAgent ?? `loadreg/${version}`),
    ...parts,
    minIterationMs: values.minIterationDuration ?? 0,
    setupTimeoutMs: values.setupTimeout ?? 15 * MINUTE,
    teardownTimeoutMs: values.teardownTimeout ?? 15 * MINUTE,
    noSetup: values.noSetup ?? false,
    noTeardown: values.noTeardown ?? false,
    noThresholds: values.once === true || (values.noThresholds ?? false),
    env: values.env ?? {},
    tags: values.tags ?? {},
    labels: values.labels ?? {},
    envLabel: values.envLabel,
    cleanup: values.cleanup ?? false,
    maxWrite: values.maxWrite ?? 20 * 1024 ** 3,
    summaryTrendStats: values.summaryTrendStats ?? DEFAULT_TREND_STATS,
    strict: values.strict ?? false,
    noTrialPush: values.noTrialPush ?? false,
    publicRegistryIsMine: values.publicRegistryIsMine ?? false,
  };
}

function planTimeouts({ connectTimeout, headersTimeout, stallTimeout, requestTimeout }: OptionValues): Timeouts {
  return {
    connect: connectTimeout ?? DEFAULT_TIMEOUTS.connect,
    headers: headersTimeout ?? DEFAULT_TIMEOUTS.headers,
    uploadHeaders: headersTimeout ?? DEFAULT_TIMEOUTS.uploadHeaders,
    stall: stallTimeout ?? DEFAULT_TIMEOUTS.stall,
    total: requestTimeout ?? DEFAULT_TIMEOUTS.total,
  };
}

function planTarget(values: OptionValues, userAgent: string): TargetPlan {
  return {
    registry: values.registry?.url,
    insecureSkipTlsVerify: values.insecureSkipTLSVerify ?? false,
    caFile: values.caFile,
    certFile: values.cert,
    keyFile: values.key,
    headers: values.headers ?? {},
    userAgent: values.userAgent ?? userAgent,
    restoreBasePath: values.restoreBasePath ?? false,
    connections: values.connections ?? 'per-vu',
    noConnectionReuse: values.noConnectionReuse ?? false,
    noVUConnectionReuse: values.noVUConnectionReuse ?? false,
  };
}
