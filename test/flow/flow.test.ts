import { describe, expect, it } from 'vitest';
import { flow, FlowError } from '../../src/flow/index.ts';
import { blob, imageServer } from './support/image-server.ts';
import { testVu } from './support/vu.ts';

const layer = blob('a layer');
const server = await imageServer({ [`app/blobs/${layer.descriptor.digest}`]: { bytes: layer.bytes } });

describe('flow', () => {
  it('measures several requests as one, under its name, and hands on what the function returns', async () => {
    const { vu, seen } = testVu(server.url);
    const result = await flow(vu, 'rollout', async (inner) => {
      await inner.registry.blobs.head('app', layer.descriptor.digest);
      return (await inner.registry.blobs.get('app', layer.descriptor.digest)).bytes;
    });
    expect(result).toMatchObject({ ok: true, code: '', message: '', value: layer.bytes.length });
    expect(seen.exchanges.map(({ operation, flow: name }) => [name, operation])).toEqual([
      ['rollout', 'blob_head'],
      ['rollout', 'blob_get'],
    ]);
    expect(seen.flows).toMatchObject([{ flow: 'rollout', code: '' }]);
    expect(Math.abs((seen.flows[0]?.durationUs ?? 0) - result.durationMs * 1000)).toBeLessThan(1);
    expect(seen.failedFlows).toBe(0);
  });

  it.each([
    ['an answer that it cannot go on with', () => testVu(server.url).vu.registry.blobs.head('app', `sha256:${'0'.repeat(64)}`), 'HTTP_404'],
    ['a finding of its own', () => Promise.reject(new FlowError('NOT_SCANNED', 'the scan never ended')), 'NOT_SCANNED'],
    ['a registry that is not there', () => testVu('http://127.0.0.1:1').vu.registry.ping(), 'ECONNREFUSED'],
  ] satisfies [string, () => Promise<unknown>, string][])('returns %s as data', async (_, fn, code) => {
    const { vu, seen } = testVu(server.url);
    const result = await flow<unknown>(vu, 'own', fn);
    expect(result).toMatchObject({ ok: false, code, value: undefined });
    expect(result.message).not.toBe('');
    expect(seen.flows).toMatchObject([{ flow: 'own', code, detail: result.message }]);
    expect(seen.failedFlows).toBe(1);
  });

  it('is recorded with how late its iteration started', async () => {
    const { vu, seen } = testVu(server.url, { lagUs: 7_000 });
    await flow(vu, 'good', () => 1);
    await flow(vu, 'bad', () => Promise.reject(new FlowError('NOT_SCANNED', 'the scan never ended')));
    expect(seen.flows.map(({ lagUs }) => lagUs)).toEqual([7_000, 7_000]);
    expect(vu.internals.iteration.flowsUnderWay).toBe(0);
  });

  it('throws a broken program on, and counts the flow as failed', async () => {
    const { vu, seen } = testVu(server.url);
    const broken = flow(vu, 'own', () => (undefined as unknown as { length: number }).length);
    await expect(broken).rejects.toThrow(TypeError);
    expect(seen.flows).toMatchObject([{ code: 'EXCEPTION' }]);
    expect(seen.failedFlows).toBe(1);
  });

  it('records nothing of a flow that the end of the run cut off, and throws the reason', async () => {
    const slow = await imageServer({ 'app/tags/list': () => {} });
    const { vu, seen, abort } = testVu(slow.url);
    const cut = flow(vu, 'own', (inner) => inner.registry.tags.page('app'));
    setTimeout(() => abort(new Error('the end')), 20);
    await expect(cut).rejects.toThrow('the end');
    await expect(flow(vu, 'own', () => 1)).rejects.toThrow('the end');
    expect(seen.flows).toEqual([]);
    expect(seen.failedFlows).toBe(0);
  });
});
