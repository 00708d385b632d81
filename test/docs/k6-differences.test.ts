import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EXIT_CODES } from '../../src/base/index.ts';
import { COMMANDS } from '../../src/cli/commands.ts';
import { EXECUTOR_NAMES } from '../../src/executor/index.ts';
import { METRICS } from '../../src/measure/index.ts';
import { REFUSED as REFUSED_OUTPUTS } from '../../src/output/refused.ts';
import { OUTPUTS } from '../../src/output/table.ts';
import { flagOf, K6_COMMANDS, K6_REFUSED, OPTION_ROWS } from '../../src/scenario/index.ts';

/** What `k6 run` of k6 2.2 knows, and the two flags that are newer. */
const K6_FLAGS =
  'vus duration iterations stage execution-segment execution-segment-sequence paused no-setup no-teardown linger min-iteration-duration ' +
  'max-redirects batch batch-per-host rps user-agent http-debug insecure-skip-tls-verify no-connection-reuse no-vu-connection-reuse ' +
  'discard-response-bodies local-ips dns blacklist-ip block-hostnames throw out summary-mode summary-export summary-trend-stats ' +
  'summary-time-unit new-machine-readable-summary no-thresholds tag system-tags traces-output env include-system-env-vars config type ' +
  'compatibility-mode features secret-source quiet verbose no-color log-output log-format address profiling-enabled console-output ' +
  'no-usage-report scenario once';
const K6_OPTIONS =
  'vus duration iterations stages scenarios executionSegment executionSegmentSequence paused noSetup setupTimeout noTeardown teardownTimeout ' +
  'handleSummaryTimeout rps dns maxRedirects userAgent batch batchPerHost httpDebug insecureSkipTLSVerify tlsCipherSuites tlsVersion tlsAuth ' +
  'throw thresholds blacklistIPs blockHostnames hosts noConnectionReuse noVUConnectionReuse minIterationDuration summaryTrendStats ' +
  'summaryTimeUnit systemTags tags metricSamplesBufferSize noCookiesReset discardResponseBodies cloud ext features';
const K6_METRICS =
  'vus vus_max iterations iteration_duration dropped_iterations group_duration checks data_sent data_received http_reqs http_req_failed ' +
  'http_req_duration http_req_blocked http_req_connecting http_req_tls_handshaking http_req_sending http_req_waiting http_req_receiving';
const K6_EXECUTORS =
  'shared-iterations per-vu-iterations constant-vus ramping-vus constant-arrival-rate ramping-arrival-rate externally-controlled';
const K6_EXIT_CODES = '0 97 98 99 100 101 102 103 104 105 106 107 108 109 110';
const K6_COMMAND_NAMES = 'run inspect new version archive cloud deps features login pause resume scale status stats x';

interface Row {
  /** What is in the first cell's backticks, without dashes and short names. */
  readonly names: readonly string[];
  readonly status: string;
  readonly text: string;
}

const text = readFileSync(new URL('../../docs/k6-differences.md', import.meta.url), 'utf8');

/** The rows of every table below a heading. */
function rowsOf(heading: string): Row[] {
  const section = text.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  return [...section.matchAll(/^\| (`.+?) \| (\w+) \| (.*?) ?\|$/gm)].map(([, cell = '', status = '', rest = '']) => ({
    names: [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name.replace(/^(-\w, )?--/, '')),
    status,
    text: rest,
  }));
}

const namesOf = (heading: string) => rowsOf(heading).flatMap(({ names }) => names);
const rowOf = (heading: string, name: string) => rowsOf(heading).find(({ names }) => names.includes(name));
const sorted = (names: readonly string[]) => names.toSorted();

const refusedFlags = new Map(
  K6_REFUSED.flatMap(({ flag, reason }) => (flag === undefined ? [] : [[flagOf({ flag })?.name ?? flag, reason]])),
);
const refusedOptions = new Map(K6_REFUSED.flatMap(({ option, reason }) => (option === undefined ? [] : [[option, reason]])));
const ownFlags = OPTION_ROWS.map(([, row]) => flagOf(row)?.name);
const ownOptions = OPTION_ROWS.filter(([, row]) => row.file === 'scenario').map(([name]) => name as string);

describe('docs/k6-differences.md', () => {
  it.each([
    ['Flags', K6_FLAGS],
    ['Options', K6_OPTIONS],
    ['Metrics', K6_METRICS],
    ['Executors', K6_EXECUTORS],
    ['Exit codes', K6_EXIT_CODES],
    ['Commands', K6_COMMAND_NAMES],
  ])('%s: has a row for each that k6 has, and one only', (heading, names) => {
    const documented = namesOf(heading);
    expect(sorted(names.split(' ').filter((name) => !documented.includes(name)))).toEqual([]);
    expect(new Set(documented).size).toBe(documented.length);
  });

  it.each([
    ['Flags', ownFlags, refusedFlags],
    ['Options', ownOptions, refusedOptions],
    ['Commands', Object.keys(COMMANDS), new Map(Object.entries(K6_COMMANDS))],
  ])('%s: says what the program does', (heading, own, refused) => {
    const wrong: string[] = [];
    for (const { names, status, text: reason } of rowsOf(heading)) {
      for (const name of names) {
        const says = refused.get(name);
        const fine = status === 'refused' ? says === reason && !own.includes(name) : own.includes(name) && says === undefined;
        if (!fine) wrong.push(`${name}: ${status}, ${reason}`);
      }
    }
    expect(wrong).toEqual([]);
    expect([...refused.keys()].filter((name) => rowOf(heading, name) === undefined)).toEqual([]);
  });

  it.each([
    ['Metrics', Object.keys(METRICS)],
    ['Executors', EXECUTOR_NAMES as readonly string[]],
    ['Exit codes', Object.values(EXIT_CODES).map(({ code }) => String(code))],
  ])('%s: tells what there is from what there is not', (heading, own) => {
    const wrong = rowsOf(heading).flatMap(({ names, status }) => names.filter((name) => own.includes(name) !== (status !== 'none')));
    expect(wrong).toEqual([]);
  });

  it('names every metric and exit code that is not one of k6', () => {
    const isNamed = (name: string) => new RegExp(`(^|[\\s\`(])${name}\\b`, 'm').test(text);
    const codes = Object.values(EXIT_CODES).map(({ code }) => String(code));
    const notYetUsed = ['122']; // no agents yet
    expect([...Object.keys(METRICS), ...codes].filter((name) => !isNamed(name) && !notYetUsed.includes(name))).toEqual([]);
  });

  it('has every output, and every one that is refused', () => {
    const rows = rowsOf('Outputs');
    expect(Object.keys(OUTPUTS).filter((name) => !rows.some(({ names, status }) => status !== 'refused' && names.includes(name)))).toEqual(
      [],
    );
    const refused = rows.find(({ status }) => status === 'refused')?.names ?? [];
    expect(Object.keys(REFUSED_OUTPUTS).filter((name) => name !== 'otel' && !refused.includes(name))).toEqual([]);
  });

  it('uses no status that it does not explain', () => {
    const headings = [...text.matchAll(/^## (.+)$/gm)].map(([, heading = '']) => heading);
    const statuses = new Set(headings.flatMap((heading) => rowsOf(heading).map(({ status }) => status)));
    expect(sorted([...statuses])).toEqual(['differs', 'none', 'refused', 'same']);
  });
});
