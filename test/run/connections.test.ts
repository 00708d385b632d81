import { expect, it } from 'vitest';
import type { VU } from '../../src/flow/index.ts';
import type { TargetPlan } from '../../src/plan/index.ts';
import { startRegistry } from '../../src/serve/index.ts';
import { atEnd } from '../support/at-end.ts';
import { plan } from '../support/records.ts';
import { runVu } from './support/vu.ts';

const registry = await startRegistry();
atEnd(() => registry.close());

const threePings = async (vu: VU) => {
  for (let i = 0; i < 3; i += 1) await vu.registry.ping();
};

it.each<[string, Partial<TargetPlan>, number]>([
  ['one connection for all of its iterations', {}, 1],
  ['one for each iteration with --no-vu-connection-reuse', { noVUConnectionReuse: true }, 2],
  ['one for each request with --no-connection-reuse', { noConnectionReuse: true }, 6],
])('a VU opens %s', async (_case, target, connections) => {
  const { vu, recorder } = runVu(registry.url, { target: { ...plan().target, ...target } }, threePings);
  const { signal } = new AbortController();
  for (let i = 0; i < 2; i += 1) expect(await vu.run({ inVu: i, inScenario: i }, signal)).toBe('complete');
  const { series } = recorder.cut(0, { slice: 0, vus: 1, vusMax: 1 });
  const opened = series.find(({ metric }) => metric === 'connections_opened');
  expect(opened?.data).toEqual({ type: 'counter', value: connections });
});
