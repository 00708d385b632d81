import { describe, expect, it } from 'vitest';
import { CLIENT_NAMES, CLIENTS, images, parseRetries, pull, push, type RetriesOption, retryPolicy } from '../../src/flow/index.ts';
import { type Faults, startFaultyRegistry } from '../support/faulty-registry.ts';
import { testVu } from './support/vu.ts';

const policyOf = (asked: RetriesOption, honor = false, maxMs?: number, client: keyof typeof CLIENTS = 'plain') =>
  retryPolicy(asked, { honor, maxMs }, CLIENTS[client], CLIENTS);

describe('a retry policy', () => {
  it.each<[string, RetriesOption, keyof typeof CLIENTS, string]>([
    ['that of the client by itself', 'profile', 'docker', 'docker'],
    ['none, whatever the client does', 'none', 'docker', 'none'],
    ['none, as a number', 0, 'docker', 'none'],
    ['that of another client', 'crane', 'plain', 'crane'],
    ["one's own", { attempts: 2 }, 'containerd', 'own'],
    ['so many times more', 2, 'containerd', 'own'],
  ])('is %s', (_phrase, asked, client, policy) => {
    expect(policyOf(asked, false, undefined, client).policy).toBe(policy);
  });

  it.each<[string, RetriesOption, readonly number[]]>([
    ['doubles the wait', { attempts: 4 }, [1_000, 2_000, 4_000]],
    ['up to the longest', { attempts: 9, backoff: '10s' }, [10_000, 20_000, 30_000]],
    ['takes waits one by one', { attempts: 9, backoff: ['50ms', 100] }, [50, 100]],
    ['does not wait when told so', { backoff: 0 }, [0]],
    ['never waits shorter than the first time', { backoff: '1m', attempts: 4 }, [60_000]],
  ])('%s', (_phrase, asked, delays) => {
    const { request, upload, blob } = policyOf(asked);
    expect(request?.delaysMs).toEqual(delays);
    expect([upload, blob.layer, blob.config].map((rule) => rule?.networkDelaysMs)).toEqual([delays, delays, delays]);
  });

  it('leaves failures of the network alone when told so', () => {
    expect(policyOf({ network: false }).upload).not.toHaveProperty('networkDelaysMs');
  });

  it.each<[string, Parameters<typeof policyOf>, number | undefined]>([
    ['by nobody who does not', ['docker'], undefined],
    ['by everybody when asked', ['docker', true], 60_000],
    ['up to the limit', ['crane', true, 5_000], 5_000],
    ['by skopeo anyway', ['skopeo'], 60_000],
    ['by skopeo up to the limit', ['skopeo', false, 5_000], 5_000],
    ["by one's own policy when it says so", [{ retryAfter: true }], 60_000],
  ])('looks at Retry-After %s', (_phrase, args, maxMs) => {
    const { request, blob } = policyOf(...args);
    expect((request ?? blob.layer)?.retryAfterMaxMs).toBe(maxMs);
  });
});

describe('retries as they are written', () => {
  const names = ['none', 'profile', ...CLIENT_NAMES];
  it.each([
    ['none', 'none'],
    ['docker', 'docker'],
    ['3', 3],
    [3, 3],
    [
      { attempts: 5, backoff: '2s', statuses: [503], network: false, retryAfter: true, maxBackoff: 1000 },
      expect.objectContaining({ attempts: 5 }),
    ],
    ['twice', undefined],
    [-1, undefined],
    [{ attempts: 0 }, undefined],
    [{ tries: 3 }, undefined],
    [{ backoff: 'soon' }, undefined],
    [{ backoff: [] }, undefined],
    [{ statuses: [200] }, undefined],
    [[], undefined],
  ])('%j', (given, parsed) => {
    expect(parseRetries(given, names)).toEqual(parsed);
  });
});

describe('a flow under a policy of its own', () => {
  async function pulledUnder(asked: RetriesOption, faults: Faults) {
    const registry = await startFaultyRegistry();
    const plain = testVu(registry.url, { settings: { runId: `policy-${JSON.stringify(asked)}` } });
    const image = await images.fresh(plain.vu, { layers: ['64KiB'], repository: 'team/app', tag: '1.0' });
    expect(await push(plain.vu, image)).toMatchObject({ ok: true });
    registry.set(faults);
    const test = testVu(registry.url, { settings: { retry: policyOf(asked, true) } });
    return { result: await pull(test.vu, 'team/app:1.0'), seen: test.seen };
  }

  it('waits as long as it is told, and shows the wait apart from every exchange', async () => {
    const { result, seen } = await pulledUnder({ attempts: 2 }, [
      { operation: 'manifest_head', times: 1, fault: { kind: 'too-many', retryAfter: '1' } },
    ]);
    expect(result).toMatchObject({ ok: true });
    expect(seen.counts['retries']).toBe(1);
    expect(seen.retryWaits).toHaveLength(1);
    expect(seen.retryWaits[0]).toBeGreaterThan(990_000);
    expect(result.durationMs).toBeGreaterThan(990);
    for (const { sending, waiting, receiving, blocked } of seen.exchanges) {
      expect(sending + waiting + receiving + blocked).toBeLessThan(900_000);
    }
    // The answer to a HEAD has no body, and its failure the specification's code all the same.
    expect(seen.exchanges.filter(({ expected }) => !expected).map(({ errorCode }) => errorCode)).toEqual(['TOOMANYREQUESTS']);
  });

  it.each([
    ['requests', 'manifest_get'],
    ['blobs', 'blob_get'],
  ])('makes as many tries as it says (%s)', async (_what, operation) => {
    const { result, seen } = await pulledUnder({ attempts: 3, backoff: '1ms' }, [{ operation, fault: { kind: 'status', status: 503 } }]);
    expect(result).toMatchObject({ ok: false });
    expect(seen.exchanges.filter((exchange) => exchange.operation === operation)).toHaveLength(3);
    expect(seen.counts['retries']).toBe(2);
  });

  it('goes on with a blob where it was cut off', async () => {
    const { result } = await pulledUnder({ attempts: 2, backoff: 0 }, [
      { operation: 'blob_get', times: 1, fault: { kind: 'cut', after: 100 } },
    ]);
    expect(result).toMatchObject({ ok: true });
  });
});
