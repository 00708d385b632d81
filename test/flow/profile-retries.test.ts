import { describe, expect, it } from 'vitest';
import { type ClientName, CLIENTS, images, pull, push } from '../../src/flow/index.ts';
import { nextDelay } from '../../src/flow/profiles/index.ts';
import { retryAfterMs } from '../../src/flow/profiles/retry.ts';
import { type Faults, startFaultyRegistry } from '../support/faulty-registry.ts';
import { testVu } from './support/vu.ts';

const ONE_MIB = 1024 * 1024;
let runs = 0;

/** A registry with one image of one layer, and faults from now on. */
async function meeting(faults: Faults, layer = '64KiB') {
  const registry = await startFaultyRegistry();
  runs += 1;
  const plain = testVu(registry.url, { settings: { runId: `retries-${runs}` } });
  const image = await images.fresh(plain.vu, { layers: [layer], repository: 'team/app', tag: '1.0' });
  expect(await push(plain.vu, image)).toMatchObject({ ok: true });
  const before = registry.requests.length;
  registry.set((request) => {
    const earlier = registry.requests.slice(before, -1).filter(({ operation }) => operation === request.operation).length;
    const row = typeof faults === 'function' ? faults({ ...request, nth: earlier }) : undefined;
    if (row !== undefined) return row;
    return typeof faults === 'function'
      ? undefined
      : faults.filter(({ operation, times = Infinity }) => operation === request.operation && earlier < times).map(({ fault }) => fault);
  });
  const seen = () => registry.requests.slice(before);
  return { registry, image, seen };
}

async function pulledBy(client: ClientName, faults: Faults, layer?: string) {
  const { registry, image, seen } = await meeting(faults, layer);
  const test = testVu(registry.url, { client });
  const result = await pull(test.vu, 'team/app:1.0');
  const layerGets = seen().filter(({ operation, reference }) => operation === 'blob_get' && reference === image.layers[0]?.digest);
  return { result, layerGets, requests: seen(), ...test };
}

describe('a request', () => {
  it('is sent again by containerd after 503, and counted as a retry', async () => {
    const { result, requests, seen } = await pulledBy('containerd', [
      { operation: 'manifest_get', times: 1, fault: { kind: 'status', status: 503 } },
    ]);
    expect(result).toMatchObject({ ok: true });
    expect(requests.filter(({ operation }) => operation === 'manifest_get')).toHaveLength(2);
    expect(seen.counts['retries']).toBe(1);
    expect(seen.exchanges.filter(({ status, expected }) => status === 503 && !expected)).toHaveLength(1);
  });

  it('is not sent again by containerd when 503 comes twice in a row', async () => {
    const { result, seen } = await pulledBy('containerd', [{ operation: 'manifest_get', fault: { kind: 'status', status: 503 } }]);
    expect(result).toMatchObject({ ok: false, code: 'UNKNOWN' });
    expect(seen.counts['retries']).toBe(1);
  });

  it.each<[ClientName, boolean]>([
    ['plain', false],
    ['docker', false],
    ['containerd', true],
    ['skopeo', true],
  ])('of %s that is answered by 429 comes again: %s', async (client, again) => {
    const { result, seen } = await pulledBy(client, [
      { operation: 'manifest_get', times: 1, fault: { kind: 'too-many', retryAfter: '0' } },
    ]);
    expect(result.ok).toBe(again);
    expect(seen.counts['retries'] ?? 0).toBe(again ? 1 : 0);
  });

  it('waits between two tries, and no exchange is longer for it', async () => {
    const started = performance.now();
    const { result, seen } = await pulledBy('skopeo', [{ operation: 'blob_get', times: 1, fault: { kind: 'too-many', retryAfter: '1' } }]);
    expect(result).toMatchObject({ ok: true });
    expect(performance.now() - started).toBeGreaterThan(950);
    const waits = seen.exchanges.map(({ blocked, waiting }) => blocked + waiting);
    expect(result.durationMs * 1000 - waits.reduce((sum, us) => sum + us, 0)).toBeGreaterThan(900_000);
  });

  it('is given up when the iteration is cut off during a wait', async () => {
    const { registry } = await meeting([{ operation: 'manifest_get', fault: { kind: 'too-many', retryAfter: '30' } }]);
    const { vu, abort } = testVu(registry.url, { client: 'skopeo' });
    const pulling = pull(vu, 'team/app:1.0');
    while (!registry.requests.some(({ operation, url }) => operation === 'manifest_get' && url.endsWith('1.0'))) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    abort(new Error('the run ended'));
    await expect(pulling).rejects.toThrow('the run ended');
  });
});

describe('a blob that is cut off', () => {
  it.each<[ClientName, readonly (string | undefined)[]]>([
    ['plain', [undefined]],
    ['containerd', [undefined, 'bytes=1000-']],
    ['skopeo', [undefined, 'bytes=1000-']],
    ['crane', [undefined]],
  ])('is asked for by %s as %j', async (client, ranges) => {
    const { result, layerGets, seen } = await pulledBy(client, (request) =>
      request.operation === 'blob_get' && request.nth === 1 ? { kind: 'cut', after: 1000 } : undefined,
    );
    expect(layerGets.map(({ headers }) => headers.range)).toEqual(ranges);
    expect(result.ok).toBe(ranges.length > 1);
    expect(seen.counts['retries'] ?? 0).toBe(ranges.length - 1);
    expect(seen.counts['digest_mismatches'] ?? 0).toBe(0);
  });

  it('goes on as often as it makes progress, and is checked as a whole', async () => {
    const { result, layerGets } = await pulledBy(
      'containerd',
      (request) => (request.operation === 'blob_get' && request.nth >= 1 && request.nth <= 8 ? { kind: 'cut', after: 2000 } : undefined),
      '64KiB',
    );
    expect(result).toMatchObject({ ok: true });
    expect(layerGets.map(({ headers }) => headers.range)).toEqual([
      undefined,
      ...Array.from({ length: 8 }, (_, index) => `bytes=${(index + 1) * 2000}-`),
    ]);
  });

  it('begins anew when what came together is not the blob', async () => {
    const { result, layerGets, seen } = await pulledBy('containerd', (request) => {
      if (request.operation !== 'blob_get') return undefined;
      return request.nth === 1 ? { kind: 'cut', after: 1000 } : request.nth === 2 ? { kind: 'corrupt' } : undefined;
    });
    expect(result).toMatchObject({ ok: true });
    expect(layerGets.map(({ headers }) => headers.range)).toEqual([undefined, 'bytes=1000-', undefined]);
    expect(seen.exchanges.filter(({ errorCode }) => errorCode === 'DIGEST_MISMATCH')).toHaveLength(1);
  });

  it('fails where it never gets further', async () => {
    const { result, layerGets } = await pulledBy('containerd', (request) =>
      request.operation === 'blob_get' && request.nth >= 1 ? { kind: 'cut', after: 0 } : undefined,
    );
    expect(result.ok).toBe(false);
    expect(layerGets.length).toBeGreaterThan(1);
    expect(layerGets.length).toBeLessThanOrEqual(4 * 5);
  });
});

describe('a HEAD of a manifest that is refused', () => {
  it.each<[ClientName, number, boolean]>([
    ['plain', 405, false],
    ['containerd', 405, true],
    ['containerd', 400, false],
    ['docker', 400, true],
  ])('is followed by a GET: %s after %i, %s', async (client, status, ok) => {
    const { result, requests } = await pulledBy(client, [{ operation: 'manifest_head', fault: { kind: 'status', status } }]);
    expect(result.ok).toBe(ok);
    const byTag = requests.filter(({ operation, reference }) => operation === 'manifest_get' && reference === '1.0');
    expect(byTag).toHaveLength(ok ? 1 : 0);
  });
});

describe('a push', () => {
  it('does nothing where the tag has the digest, for a client that looks first', async () => {
    const { registry, image, seen } = await meeting([]);
    const { vu } = testVu(registry.url, { client: 'crane' });
    expect(await push(vu, image)).toMatchObject({ ok: true, uploaded: 0 });
    expect(seen().map(({ operation }) => operation)).toEqual(['ping', 'manifest_head']);
  });

  it('mounts from as many repositories as the client tries', async () => {
    const registry = await startFaultyRegistry();
    const { vu } = testVu(registry.url, { client: 'docker', settings: { runId: 'mounts' } });
    const image = await images.fresh(vu, { layers: ['64KiB', ONE_MIB], repository: 'team/mounted' });
    const layers = image.layers.map((layer) => ({ ...layer, fresh: false }));
    const tries = { mountFrom: ['team/a', 'team/b', 'team/c', 'team/d'] };
    expect(await push(vu, { ...image, layers }, tries)).toMatchObject({ ok: true, uploaded: 3 });
    const mounts = registry.requests.filter(({ operation }) => operation === 'upload_mount');
    expect(mounts).toHaveLength(1 + 3);
    expect(registry.requests.filter(({ operation }) => operation === 'upload_cancel')).toHaveLength(2);
  });
});

describe('a cache', () => {
  it('keeps what the host has from being fetched again', async () => {
    const { registry, seen } = await meeting([]);
    const { vu } = testVu(registry.url, { settings: { cache: 'per-vu' } });
    expect(await pull(vu, 'team/app:1.0')).toMatchObject({ ok: true, cached: 0 });
    const first = seen().length;
    expect(await pull(vu, 'team/app:1.0')).toMatchObject({ ok: true, cached: 2, layers: [{ size: 65_536 }] });
    expect(
      seen()
        .slice(first)
        .map(({ operation }) => operation),
    ).toEqual(['manifest_head', 'manifest_get']);
    expect(await pull(vu, 'team/app:1.0', { cache: 'none' })).toMatchObject({ ok: true, cached: 0 });
  });

  it('does not hold what arrived broken', async () => {
    const { registry } = await meeting([{ operation: 'blob_get', times: 1, fault: { kind: 'corrupt' } }]);
    const { vu } = testVu(registry.url, { settings: { cache: 'per-vu' } });
    expect(await pull(vu, 'team/app:1.0')).toMatchObject({ ok: false, code: 'DIGEST_MISMATCH' });
    expect(await pull(vu, 'team/app:1.0')).toMatchObject({ ok: true, cached: 0 });
  });
});

describe('the wait before another try', () => {
  const rule = { attempts: 4, statuses: [429], statusesOnce: [503], delaysMs: [1, 2], networkDelaysMs: [7], retryAfterMaxMs: 5_000 };
  const answered = (status: number | undefined, retryAfter?: string) => ({ status, retryAfter });

  it.each([
    ['the first', 1, answered(429), undefined, 1],
    ['the last one stands for all after it', 3, answered(429), undefined, 2],
    ['no try is left', 4, answered(429), undefined, undefined],
    ['a status that is final', 1, answered(404), undefined, undefined],
    ['once', 1, answered(503), undefined, 1],
    ['once, and the one before was another', 2, answered(503), answered(429), 2],
    ['twice in a row', 2, answered(503), answered(503), undefined],
    ['the network', 2, answered(undefined), undefined, 7],
    ['what the registry says', 1, answered(429, '3'), undefined, 3_000],
    ['what the registry says, within reason', 1, answered(429, '300'), undefined, 5_000],
    ['what cannot be read', 1, answered(429, 'soon'), undefined, 1],
  ] as const)('%s', (_phrase, tries, last, before, expected) => {
    expect(nextDelay(rule, tries, last, before, 0)).toBe(expected);
  });

  it('is read from a date', () => {
    expect(retryAfterMs('Thu, 01 Jan 1970 00:00:10 GMT', 4_000)).toBe(6_000);
    expect(retryAfterMs('Thu, 01 Jan 1970 00:00:10 GMT', 40_000)).toBe(0);
  });

  it('is none for a client that has no such rule', () => {
    expect(CLIENTS.plain.retry.request).toBeUndefined();
    expect(CLIENTS.docker.retry.request).toBeUndefined();
  });
});
