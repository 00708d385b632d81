import { describe, expect, it } from 'vitest';
import { check, images, pull, push, Trend, type VU } from '../../src/flow/index.ts';
import { Scopes } from '../../src/run/scopes.ts';
import { testOptions } from '../../src/run/test-options.ts';
import { VuTags } from '../../src/run/vu-tags.ts';
import { startFaultyRegistry } from '../support/faulty-registry.ts';
import { plan } from '../support/records.ts';
import { runVu } from './support/vu.ts';

const running = () => new AbortController().signal;

describe('vu.exec.vu.metrics.tags', () => {
  it('are tags of everything that the VU records from then on, before those of the scenario, until they are deleted', async () => {
    const registry = await startFaultyRegistry();
    const size = new Trend('tagged_size');
    let iteration = 0;
    const { vu, recorder } = runVu(registry.url, {}, async (view: VU) => {
      iteration += 1;
      const { tags } = view.exec.vu.metrics;
      if (iteration === 1) Object.assign(tags, { tenant: 'b', tier: 2, team: 'c' });
      if (iteration === 3) delete tags['tenant'];
      const pushed = await push(view, await images.fresh(view, { layers: ['1KiB'] }));
      check(view, pushed, { 'went well': ({ ok }) => ok });
      size.add(view, 1);
      await pull(view, pushed.reference);
    });
    const tagsOf: Record<string, string>[][] = [];
    for (const inVu of [0, 1, 2]) {
      await vu.run({ inVu, inScenario: inVu }, running());
      const { series } = recorder.cut(inVu, { slice: 0, vus: 1, vusMax: 1 });
      const mine = series.filter(({ metric }) => metric !== 'connections_opened'); // of the host, not of an iteration
      expect(mine.map(({ metric }) => metric)).toEqual(
        expect.arrayContaining(['http_reqs', 'flow_duration', 'iteration_duration', 'checks', 'tagged_size', 'data_sent']),
      );
      tagsOf.push(mine.map(({ tags }) => ({ ...tags })));
    }
    for (const tags of [...tagsOf[0]!, ...tagsOf[1]!]) expect(tags).toMatchObject({ tenant: 'b', tier: '2', team: 'c' });
    for (const tags of tagsOf[2]!) {
      expect(tags).toMatchObject({ tier: '2', team: 'c' });
      expect(tags).not.toHaveProperty('tenant');
    }
  });

  it.each([
    [
      'a name that loadreg sets itself',
      (vu: VU) => (vu.exec.vu.metrics.tags['status'] = 'ok'),
      /the tag 'status' is set by loadreg itself/,
    ],
    ['a value that is no text', (vu: VU) => (vu.exec.vu.metrics.tags['a'] = {} as never), /tags\.a: is no value of a tag/],
  ])('refuse %s', async (_phrase, fn, message) => {
    const { vu, thrown } = runVu('http://127.0.0.1:1', {}, fn);
    expect(await vu.run({ inVu: 0, inScenario: 0 }, running())).toBe('failed');
    expect(String(thrown[0])).toMatch(message);
  });

  it('are left out beyond a thousand sets of them, once said', () => {
    let said = 0;
    const scopes = new Scopes('run', 's', {}, () => (said += 1));
    const tags = new VuTags();
    let last: unknown;
    for (let n = 0; n < 1_100; n += 1) {
      tags.view['n'] = n;
      last = scopes.get('pull', '', tags);
    }
    expect(last).toMatchObject({ flow: 'pull', tags: {} });
    expect(said).toBe(1);
  });
});

describe('vu.exec.test', () => {
  it('aborts the run: the iteration ends there and counts as cut off', async () => {
    let after = false;
    const cutOff = new AbortController();
    const { vu, stopper, thrown } = runVu('http://127.0.0.1:1', {}, (view: VU) => {
      view.exec.test.abort('enough');
      after = true;
    });
    stopper.signal.addEventListener('abort', () => cutOff.abort());
    expect(await vu.run({ inVu: 0, inScenario: 0 }, cutOff.signal)).toBe('interrupted');
    expect({ after, end: stopper.end, thrown }).toEqual({
      after: false,
      end: { state: 'aborted', cause: 'test.abort', reason: 'enough' },
      thrown: [],
    });
  });

  it('fails the run and lets it go on', async () => {
    const { vu, stopper } = runVu('http://127.0.0.1:1', {}, (view: VU) => view.exec.test.fail('not good'));
    expect(await vu.run({ inVu: 0, inScenario: 0 }, running())).toBe('complete');
    expect({ end: stopper.end, stopping: stopper.stopping.aborted }).toEqual({
      end: { state: 'failed', cause: 'test.fail', reason: 'not good' },
      stopping: false,
    });
  });

  it('tells the consolidated options under the names of a scenario file, without secrets', () => {
    const options = testOptions(
      plan({
        env: { PASSWORD: 'hunter2' },
        target: { ...plan().target, headers: { 'x-key': 'hunter2' } },
        thresholds: [{ metric: 'checks', expression: 'rate>0.9', abortOnFail: true, delayAbortEvalMs: 5_000, windowMs: undefined }],
      }),
    );
    expect(options).toMatchObject({
      scenarios: { default: { executor: 'constant-vus', vus: 4, duration: 60_000, gracefulStop: 30_000, startTime: 0, exec: 'default' } },
      thresholds: { checks: [{ threshold: 'rate>0.9', abortOnFail: true, delayAbortEval: 5_000 }] },
      client: 'plain',
      retries: 'none',
      stallTimeout: 30_000,
    });
    expect(JSON.stringify(options)).not.toContain('hunter2');
    expect(() => ((options['tags'] as Record<string, string>)['a'] = 'b')).toThrow(TypeError);
  });
});
