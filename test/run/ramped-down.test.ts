import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { GRACE_IS_OVER } from '../../src/executor/index.ts';
import { startFaultyRegistry } from '../support/faulty-registry.ts';
import { runVu } from './support/vu.ts';

it('a VU that was cut off by a ramp sends again when it is given a place again', async () => {
  const registry = await startFaultyRegistry();
  registry.set([{ operation: 'ping', fault: { kind: 'hang' } }]);
  const seen: string[] = [];
  const { vu } = runVu(registry.url, {}, async ({ registry: client }) => {
    await client.ping();
    seen.push('answered');
  });

  const rampedDown = new AbortController();
  const running = vu.run({ inVu: 0, inScenario: 0 }, rampedDown.signal);
  while (registry.requests.length === 0) await sleep(5);
  rampedDown.abort(new DOMException(GRACE_IS_OVER, 'AbortError'));
  expect(await running).toBe('interrupted');

  registry.set([]);
  expect(await vu.run({ inVu: 1, inScenario: 1 }, new AbortController().signal)).toBe('complete');
  expect(seen).toEqual(['answered']);
});
