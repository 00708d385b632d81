import { EXIT_CODES, formatDuration, formatSize } from '../../base/index.ts';
import { exitOf, type RecordedWindow, type RunRecord } from '../../record/index.ts';
import { cut, safe, wrap } from '../format.ts';
import { PAGE_WIDTH, type TextContext } from './lines.ts';
import { describeLoad } from './load.ts';

/** What was run: whoever finds only this text must know which run it was and whether to trust it. */
export function header({ record, paint }: TextContext): string {
  const rows: [label: string, lines: string[]][] = [
    ['result', [result(record)]],
    ['scenario', [record.scenarioPath, ...record.options.scenarios.map((scenario) => `* ${scenario.name}: ${describeLoad(scenario)}`)]],
    ['registry', [describeTarget(record.target)]],
    ['window', [describeWindow(record)]],
    ['client', [describeClient(record.options)]],
    ['verify', [`${describeVerify(record.options.verify)}; seed ${record.seed}`]],
    ['run', [`${record.id} (${record.startedAt} to ${record.endedAt})`]],
    ['labels', [pairs(record.labels)]],
    ['generator', [describeEnvironment(record)]],
    ['workload', [record.workloadHash.replace(/^(sha256:.{16}).*$/, '$1…')]],
  ];
  const lines = rows
    .map(([label, texts]) => [label, texts.filter((text) => text !== '')] as const)
    .filter(([, texts]) => texts.length > 0)
    .flatMap(([label, texts]) => {
      const wrapped = texts.flatMap((text) => wrap(safe(text), PAGE_WIDTH - 14));
      return wrapped.map((text, i) => {
        const painted = label === 'result' ? (exitOf(record) === 'ok' ? paint.good(text) : paint.bad(text)) : paint.value(text);
        return `${(i === 0 ? `${label}:` : '').padStart(13)} ${painted}\n`;
      });
    });
  return `  ${paint.strong(`loadreg ${safe(record.tool.version)}  ${cut(safe(record.name), 60)}`)}\n\n${lines.join('')}`;
}

function result(record: RunRecord): string {
  const exit = exitOf(record);
  const { outcome } = record;
  const suspect = record.generator.verdict === 'suspect' && exit !== 'generatorSuspect' ? '; load generator suspect, see GENERATOR' : '';
  const { code, meaning } = EXIT_CODES[exit];
  if (outcome.state !== 'finished') return `${outcome.state.toUpperCase()} (${outcome.cause}), exit ${code}: ${outcome.reason}${suspect}`;
  return `${exit === 'ok' ? 'passed' : `FAILED, exit ${code}: ${meaning}`}; run finished${suspect}`;
}

function describeWindow({ windows }: RunRecord): string {
  const warmup = windows.warmup === null ? '' : `${length(windows.warmup)} warm-up (in no total), then `;
  const rampDown = windows.rampDown === null ? '' : `, then ${length(windows.rampDown)} ramp-down`;
  return `${warmup}${length(windows.measured)} measured${rampDown}`;
}

function length({ startUs, endUs }: RecordedWindow): string {
  return formatDuration((endUs - startUs) / 1000);
}

/** '' for the defaults. */
function describeClient({ clientProfile, cache }: RunRecord['options']): string {
  const client = clientProfile === 'plain' ? undefined : `requests as ${clientProfile} makes them`;
  const kept = cache === 'none' ? undefined : `hosts keep what they pulled (${cache})`;
  return [client, kept].filter((fact) => fact !== undefined).join('; ');
}

function describeVerify(verify: string): string {
  if (verify === 'full') return 'full (SHA-256 of every byte pulled)';
  if (verify === 'size') return 'size (blob sizes only, no SHA-256)';
  if (verify === 'off') return 'off (nothing that was pulled is checked)';
  return `${verify} (SHA-256 of this share of the blobs)`;
}

function describeTarget(target: RunRecord['target']): string {
  const redirects = target.redirectHosts.length === 0 ? undefined : `redirects to ${target.redirectHosts.join(', ')}`;
  const server = target.server === null ? undefined : `Server: ${target.server}`;
  const facts = [target.embedded ? 'embedded registry' : server, `auth ${target.auth}`, target.tls ?? undefined, redirects];
  return `${target.baseUrl} (${facts.filter((fact) => fact !== undefined).join('; ')})`;
}

function describeEnvironment({ environment, environmentId }: RunRecord): string {
  const { cores, cpuModel, memoryBytes, platform, kernel, nodeVersion, label } = environment;
  const named = label === null ? '' : ` "${label}"`;
  return `${cores} × ${cpuModel}, ${formatSize(memoryBytes)}, ${platform} ${kernel}, Node ${nodeVersion}; ${environmentId}${named}`;
}

function pairs(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([key, value]) => `${key}=${value}`)
    .join(' ');
}
