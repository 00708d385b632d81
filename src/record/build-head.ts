import { recordedOptions } from './build-options.ts';
import { environmentId } from './environment.ts';
import type { RecordInput } from './input.ts';
import { RECORD_FORMAT, RECORD_VERSION } from './schema.ts';
import type { RecordHead } from './schema-head.ts';
import { workloadHash } from './workload-hash.ts';

/** What {@link recordHead} is made of. */
export interface RecordStart extends Pick<RecordInput, 'toolVersion' | 'plan' | 'workloadText' | 'target' | 'environment'> {
  readonly run: Pick<RecordInput['run'], 'id' | 'startedAt'>;
}

/** The beginning of a record: without secrets, as all of it. */
export function recordHead({ plan, run, toolVersion, workloadText, target, environment }: RecordStart): RecordHead {
  return {
    format: RECORD_FORMAT,
    version: RECORD_VERSION,
    id: run.id,
    name: plan.name,
    labels: { ...plan.labels },
    tool: { name: 'loadreg', version: toolVersion },
    seed: plan.seed,
    workloadHash: workloadHash(plan, workloadText),
    environmentId: environmentId(environment),
    scenarioPath: plan.scenarioPath,
    envNames: Object.keys(plan.env).toSorted(),
    headerNames: Object.keys(plan.target.headers).toSorted(),
    startedAt: new Date(run.startedAt).toISOString(),
    target: { ...target, baseUrl: withoutCredentials(target.baseUrl) },
    environment,
    options: recordedOptions(plan),
  };
}

function withoutCredentials(baseUrl: string): string {
  if (!URL.canParse(baseUrl)) return baseUrl.replace(/\/\/[^/@]*@/, '//');
  const url = new URL(baseUrl);
  if (url.username === '' && url.password === '') return baseUrl;
  url.username = '';
  url.password = '';
  return url.href.replace(/\/$/, '');
}
