import { describe, expect, it } from 'vitest';
import { CLIENTS } from '../../src/flow/index.ts';
import { DEFAULT_TIMEOUTS } from '../../src/http/index.ts';
import type { RunPlan } from '../../src/plan/index.ts';
import { workloadHash } from '../../src/record/index.ts';
import { canonicalJson } from '../../src/record/workload-hash.ts';
import { plan } from '../support/records.ts';

const TEXT = 'export default function () {}';
const [scenario] = plan().scenarios;
const changedScenario = (change: Partial<RunPlan['scenarios'][number]>) => plan({ scenarios: [{ ...scenario!, ...change }] });

describe('workloadHash', () => {
  it('is a SHA-256 that stays the same for the same load', () => {
    expect(workloadHash(plan(), TEXT)).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(workloadHash(structuredClone(plan()), TEXT)).toBe(workloadHash(plan(), TEXT));
  });

  it.each<[string, RunPlan]>([
    ['the seed', plan({ seed: 2 })],
    ['the verify policy', plan({ verify: 'size' })],
    ['a value of -e', plan({ env: { IMAGES: '30' } })],
    [
      'the number of VUs',
      changedScenario({ executor: { executor: 'constant-vus', vus: 5, durationMs: 60_000, warmupMs: 0, gracefulStopMs: 30_000 } }),
    ],
    ['the exported function', changedScenario({ exec: 'other' })],
    ['the start time', changedScenario({ startTimeMs: 1 })],
    ["a scenario's env", changedScenario({ env: { A: 'b' } })],
    ['the warm-up', plan({ warmupMs: 1000 })],
    ['layers at once', plan({ layerConcurrency: 1 })],
    ['the client', plan({ client: 'containerd' })],
    ['what is tried again', plan({ retries: CLIENTS.crane.retry })],
    ['the least time of an iteration', plan({ minIterationMs: 1000 })],
    ['how blobs go up', plan({ push: { ...plan().push, mode: 'chunked' } })],
    ['what hosts have already', plan({ cache: 'per-vu' })],
    ['connections', plan({ target: { ...plan().target, connections: { shared: 4 } } })],
  ])('changes with %s', (_phrase, changed) => {
    expect(workloadHash(changed, TEXT)).not.toBe(workloadHash(plan(), TEXT));
  });

  it('changes with the text of the scenario', () => {
    expect(workloadHash(plan(), `${TEXT} `)).not.toBe(workloadHash(plan(), TEXT));
  });

  it.each<[string, RunPlan]>([
    [
      'the target',
      plan({
        target: { ...plan().target, registry: 'https://other.example', headers: { a: 'b' }, userAgent: 'x', insecureSkipTlsVerify: true },
      }),
    ],
    ['where images live', plan({ repoPrefix: 'perf' })],
    ['the path of the scenario', plan({ scenarioPath: '/elsewhere/pull-heavy.ts' })],
    ['labels and tags', plan({ labels: { build: '43' }, tags: { team: 'a' }, name: 'x' })],
    ['what happens after the load', plan({ cleanup: true, noTeardown: true, strict: true, noThresholds: true })],
    ['the machine', plan({ envLabel: 'lab-3' })],
    ['time-outs', plan({ timeouts: { ...DEFAULT_TIMEOUTS, stall: 1 } })],
  ])('does not change with %s', (_phrase, changed) => {
    expect(workloadHash(changed, TEXT)).toBe(workloadHash(plan(), TEXT));
  });
});

describe('canonicalJson', () => {
  it.each([
    ['keys in any order', { b: 1, a: { d: [1, { y: 2, x: 1 }], c: null } }, '{"a":{"c":null,"d":[1,{"x":1,"y":2}]},"b":1}'],
    ['fields that are undefined', { a: undefined, b: [undefined] }, '{"b":[null]}'],
    ['text with quotes', { 'a"b': 'c\n' }, '{"a\\"b":"c\\n"}'],
  ])('writes %s in one way', (_phrase, value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });
});
