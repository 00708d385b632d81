import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import {
  type IntervalSnapshot,
  METRICS,
  packValues,
  type SeriesData,
  type SeriesSnapshot,
  seriesKey,
  type Tags,
} from '../../src/measure/index.ts';
import { openOutputs, type Outputs } from '../../src/output/index.ts';
import { Families, type PromFamily } from '../../src/output/prometheus-families.ts';
import { familyShape, labelName } from '../../src/output/prometheus-family.ts';
import { Scrapes } from '../../src/output/scrapes.ts';
import { atEnd } from '../support/at-end.ts';
import { keptLog } from '../support/log.ts';
import { describeWith } from '../support/real-parts.ts';
import { run } from '../support/run.ts';
import { observeAll, tappedRecorder } from './observe.ts';

const TEXT = 'text/plain; version=0.0.4; charset=utf-8';
const SCRAPE = { headers: { 'x-prometheus-scrape-timeout-seconds': '1' } };

async function endpoint(argument = '0'): Promise<{ outputs: Outputs; url: string; log: ReturnType<typeof keptLog> }> {
  const log = keptLog();
  const outputs = await openOutputs([`prometheus=${argument}`], { log, thresholds: [], warmupIntervals: 0 });
  atEnd(() => outputs.close(false, new AbortController().signal));
  return { outputs, log, url: /http:\S+\/metrics/.exec(outputs.descriptions[0] as string)?.[0] as string };
}

/** One interval with one series. */
function interval(metric: string, data: SeriesData, tags: Tags = {}): IntervalSnapshot {
  const series: SeriesSnapshot = { key: seriesKey('run', metric, tags), stage: 'run', metric, contains: 'default', tags, data };
  return { slice: 0, index: 0, series: [series], errors: [], vus: 3, vusMax: 5, health: undefined };
}

async function everything(): Promise<Awaited<ReturnType<typeof endpoint>> & { text: string }> {
  const opened = await endpoint();
  const { recorder, cut } = tappedRecorder(undefined);
  observeAll(recorder);
  opened.outputs.onInterval(cut(0));
  observeAll(recorder);
  opened.outputs.onInterval(cut(1));
  return { ...opened, text: await (await fetch(opened.url)).text() };
}

describe('the endpoint', () => {
  it('tells counters, rates, gauges and histograms since the start, in base units, with tags as labels', async () => {
    const { text } = await everything();
    const lines = text.split('\n');
    const starting = (start: string) => lines.filter((line) => line.startsWith(start));
    const labels = 'build="a=1&b",scenario="default",flow="pull",group="::night, \\"and\\" day"';
    expect(lines).toContain(`loadreg_retries_total{${labels}} 4`);
    expect(lines).toContain(`loadreg_iteration_failed_hits_total{${labels}} 2`);
    expect(lines).toContain(`loadreg_iteration_failed_samples_total{${labels}} 4`);
    expect(lines).toContain('loadreg_vus 3');
    expect(lines).toContain('loadreg_vus_max 5');
    expect(starting('loadreg_queue_seconds{')).toEqual([`loadreg_queue_seconds{${labels}} 0.0125`]);
    expect(starting('loadreg_checks_hits_total{')).toEqual([
      `loadreg_checks_hits_total{kind="one\\ntwo",${labels},check="has \\"layers\\", all"} 2`,
    ]);
    // Twice 1.36 ms, whose bucket ends at 2.5 ms.
    expect(starting('loadreg_http_req_duration_seconds').filter((line) => line.includes('manifest_get'))).toEqual([
      ...['0.0005', '0.001'].map((le) => expect.stringMatching(`_bucket\\{le="${le}",.* 0$`) as unknown),
      ...['0.0025', '0.005', '0.01', '0.025', '0.05', '0.1', '0.25', '0.5', '1', '2.5', '5', '10', '30', '60', '300', '\\+Inf'].map(
        (le) => expect.stringMatching(`_bucket\\{le="${le}",.* 2$`) as unknown,
      ),
      expect.stringMatching(/_sum\{.* 0\.00268$/),
      expect.stringMatching(/_count\{.* 2$/),
    ]);
    expect(starting('loadreg_blob_throughput_bytes_per_second_sum')).toEqual([expect.stringMatching(/ 104857600$/)]);
    expect(text).toContain('# TYPE loadreg_http_req_duration_seconds histogram\n');
    expect(text).toContain('# HELP loadreg_retries_total exchanges that repeated an earlier one\n');
  });

  it.each([
    ['GET', '/metrics', 200, TEXT, /^loadreg_vus 3$/m],
    ['HEAD', '/metrics', 200, TEXT, /^$/],
    ['GET', '/metrics?x=1', 200, TEXT, /^loadreg_vus 3$/m],
    ['GET', '/', 404, 'text/plain', /the metrics are at \/metrics/],
    ['POST', '/metrics', 405, null, /^$/],
  ])('answers %s %s with %i', async (method, path, status, type, body) => {
    const { url, outputs } = await endpoint();
    outputs.onInterval(interval('retries', { type: 'counter', value: 1 }));
    const response = await fetch(new URL(path, url), { method });
    expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([
      status,
      type,
      expect.stringMatching(body),
    ]);
  });

  it('listens where it is told, and on no other address', async () => {
    const { url } = await endpoint('[::1]:0');
    expect(url).toMatch(/^http:\/\/\[::1\]:\d+\/metrics$/);
    expect((await fetch(url)).status).toBe(200);
    await expect(fetch(url.replace('[::1]', '127.0.0.1'))).rejects.toThrow('fetch failed');
  });

  it('answers a request line that is no URL, and goes on', async () => {
    const { url } = await endpoint();
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.end('GET // HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    let answer = '';
    for await (const chunk of socket) answer += String(chunk);
    expect(answer).toMatch(/^HTTP\/1\.1 404 /);
    expect((await fetch(url)).status).toBe(200);
  });

  it('is gone when it is closed, at once when nobody scrapes', async () => {
    const { url, outputs, log } = await everything();
    await outputs.end();
    expect((await fetch(url)).status).toBe(200);
    await outputs.close(true, new AbortController().signal);
    await expect(fetch(url)).rejects.toThrow('fetch failed');
    expect(log.lines).toEqual([]);
  });

  it('waits for the scrape that tells the last numbers, and no longer', async () => {
    const { url, outputs, log } = await everything();
    await fetch(url, SCRAPE);
    await fetch(url, SCRAPE);
    await outputs.end();
    const closing = outputs.close(true, new AbortController().signal);
    await fetch(url); // somebody with a browser
    expect(log.lines).toEqual([
      expect.stringMatching(/^info prometheus: waiting up to [12]s for the last scrape; Ctrl\+C leaves at once$/),
    ]);
    const last = await fetch(url, SCRAPE);
    expect(await last.text()).toContain('loadreg_vus 3');
    await closing;
    await expect(fetch(url)).rejects.toThrow('fetch failed');
  });

  it('waits for nobody once it is to leave', async () => {
    const { url, outputs } = await everything();
    await fetch(url, SCRAPE);
    await fetch(url, SCRAPE);
    const leave = new AbortController();
    const closing = outputs.close(true, leave.signal);
    leave.abort();
    await closing;
    await expect(fetch(url)).rejects.toThrow('fetch failed');
  });
});

it.each<[string, readonly number[], number, number, number]>([
  ['nobody scraped', [], 100_000, 100_500, 0],
  ['once is no rhythm', [90_000], 100_000, 100_500, 0],
  ['every 15 s: until the next is a second late', [75_000, 90_000], 100_000, 100_500, 5500],
  ['one came after the last numbers', [75_000, 90_000, 100_200], 100_000, 100_500, 0],
  ['the next one is overdue already', [70_000, 80_000], 100_000, 100_500, 0],
  ['a rare one is not waited for longer than a minute', [0, 100_000], 100_100, 100_200, 60_800],
])('the last scrape: %s', (_, seen, finalAt, now, wait) => {
  const scrapes = new Scrapes();
  for (const at of seen) scrapes.seen(at);
  expect(scrapes.wait(finalAt, now)).toBe(wait);
});

describe('names', () => {
  it.each<[string, Parameters<typeof familyShape>, string, number]>([
    ['a time', ['http_req_waiting', 'trend', 'time', 1000], 'loadreg_http_req_waiting_seconds', 1e6],
    ['bytes', ['data_sent', 'counter', 'data', 1], 'loadreg_data_sent_bytes', 1],
    ['KiB/s', ['blob_throughput', 'trend', 'default', 1], 'loadreg_blob_throughput_bytes_per_second', 1 / 1024],
    ['a plain count', ['http_reqs', 'counter', 'default', 1], 'loadreg_http_reqs', 1],
    ['a plain trend', ['layers', 'trend', 'default', 1000], 'loadreg_layers', 1000],
    ['a gauge of times is in ms', ['queue', 'gauge', 'time', 1], 'loadreg_queue_seconds', 1000],
    ['a unit in the name already', ['scan_seconds', 'trend', 'time', 1000], 'loadreg_scan_seconds', 1e6],
    ['total in the name already', ['scans_total', 'counter', 'default', 1], 'loadreg_scans', 1],
  ])('%s', (_, given, name, stored) => {
    expect(familyShape(...given)).toMatchObject({ name, stored });
  });

  it('of all metrics of loadreg are different, and every bucket edge is a number that rises', () => {
    const shapes = Object.entries(METRICS).map(([name, { type, contains }]) => familyShape(name, type, contains, 1));
    expect(new Set(shapes.map(({ name }) => name)).size).toBe(shapes.length);
    for (const { bounds } of shapes) expect(bounds).toEqual(bounds.toSorted((a, b) => a - b));
  });

  it.each([
    ['plain', 'plain'],
    ['a.b-c', 'a_b_c'],
    ['1st', 'tag_1st'],
    ['__name__', 'tag___name__'],
    ['le', 'tag_le'],
  ])('a tag %s is a label %s', (tag, label) => {
    expect(labelName(tag)).toBe(label);
  });
});

describe('what is kept', () => {
  const families = (most: number) => {
    const warnings: string[] = [];
    const registered: PromFamily[] = [];
    const kept = new Families(
      (family) => void registered.push(family),
      (message) => void warnings.push(message),
      most,
    );
    const samples = async () => (await Promise.all(registered.map((family) => family.get()))).flatMap(({ values }) => values);
    return { kept, warnings, registered, samples };
  };

  it('is bounded: series beyond it are left out, with one warning, and the others go on', async () => {
    const { kept, warnings, samples } = families(40);
    for (let i = 0; i < 100; i += 1) {
      kept.add(interval('http_req_waiting', { type: 'trend', histogram: packValues([1000]) }, { digest: String(i) }));
    }
    const values = await samples();
    expect(values.length).toBe(22); // the two gauges of the run, one histogram of 20, and no part of another
    expect(warnings).toEqual(['prometheus: there are more than 40 samples; further series are left out']);
    expect(values.find(({ metricName }) => metricName === 'loadreg_http_req_waiting_seconds_count')?.value).toBe(1);
    expect(values.filter(({ labels }) => Object.keys(labels).length === 0).map(({ value }) => value)).toEqual([3, 5]);
  });

  it('is one metric a name: a second one is left out, and told once', async () => {
    const { kept, warnings, samples, registered } = families(1000);
    kept.add(interval('scans', { type: 'counter', value: 1 }));
    kept.add(interval('scans_total', { type: 'counter', value: 10 }));
    kept.add(interval('scans_total', { type: 'counter', value: 10 }));
    kept.add(interval('scans', { type: 'counter', value: 2 }));
    expect(warnings).toEqual(['prometheus: scans_total is left out, for its name loadreg_scans is that of another metric']);
    expect(registered.map(({ name }) => name)).toEqual(['loadreg_vus', 'loadreg_vus_max', 'loadreg_scans_total']);
    expect((await samples()).at(-1)?.value).toBe(3);
  });
});

describeWith('promtool', 'promtool', () => {
  it('has nothing to say against names, types and help of what an endpoint tells', async () => {
    const { text } = await everything();
    const checked = await run('promtool', ['check', 'metrics'], { stdin: text });
    expect(checked).toEqual({ stdout: '', stderr: '', exitCode: 0 });
    const wrong = await run('promtool', ['check', 'metrics'], { stdin: text.replaceAll('loadreg_retries_total', 'loadreg_retries') });
    expect(wrong.exitCode).not.toBe(0);
  });
});
