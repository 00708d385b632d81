import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { images, push, type VU } from '../../src/flow/index.ts';
import { OpenUploads } from '../../src/registry/index.ts';
import { startFaultyRegistry } from '../support/faulty-registry.ts';
import { plan } from '../support/records.ts';
import { runVu } from './support/vu.ts';

const vuOf = (...args: Parameters<typeof runVu>) => runVu(...args).vu;

describe('an iteration that is cut off', () => {
  it.each(['plain', 'docker', 'crane'] as const)('cancels the uploads that it had open (%s)', async (client) => {
    const registry = await startFaultyRegistry();
    const uploading = () => registry.requests.filter(({ operation }) => operation === 'upload_put' || operation === 'upload_patch').length;
    registry.set([
      { operation: 'upload_put', fault: { kind: 'hang' } },
      { operation: 'upload_patch', fault: { kind: 'hang' } },
    ]);
    const push3 = async (vu: VU) => push(vu, await images.fresh(vu, { layers: ['4KiB', '4KiB', '4KiB'] }));
    const vu = vuOf(
      registry.url,
      { client, layerConcurrency: 3, push: { ...plan().push, mode: client === 'plain' ? 'monolithic' : 'stream' } },
      push3,
    );
    const cutOff = new AbortController();
    const running = vu.run({ inVu: 0, inScenario: 0 }, cutOff.signal);
    while (uploading() < 3) await sleep(5);
    cutOff.abort();
    expect(await running).toBe('interrupted');
    const opened = registry.requests.filter(({ operation }) => operation === 'upload_start');
    const cancelled = registry.requests.filter(({ operation }) => operation === 'upload_cancel');
    expect(opened).toHaveLength(3);
    expect(new Set(cancelled.map(({ reference }) => reference)).size).toBe(3);
  });

  it('does not wait long for a registry that cancels nothing', async () => {
    const registry = await startFaultyRegistry();
    registry.set([
      { operation: 'upload_put', fault: { kind: 'hang' } },
      { operation: 'upload_cancel', fault: { kind: 'hang' } },
    ]);
    const vu = vuOf(registry.url, {}, async (view) => push(view, await images.fresh(view, { layers: ['4KiB'] })));
    const cutOff = new AbortController();
    const running = vu.run({ inVu: 0, inScenario: 0 }, cutOff.signal);
    while (!registry.requests.some(({ operation }) => operation === 'upload_put')) await sleep(5);
    cutOff.abort();
    expect(await running).toBe('interrupted');
  });
});

describe('open uploads', () => {
  const call = (operation: string, path: string) =>
    ({ operation, method: 'PUT', origin: 'http://r', path, headers: {}, expect: [], hostRole: 'registry', sizeClass: '' }) as const;
  const phases = { blocked: 0, connecting: 0, tlsHandshaking: 0, sending: 0, waiting: 0, receiving: 0 };
  const answer = (status: number, location?: string) => ({
    status,
    headers: location === undefined ? {} : { location },
    bodyBytes: 0,
    errorBody: '',
    phases,
    mismatch: undefined,
  });

  type Step = readonly [operation: string, path: string, status: number, location?: string | undefined];

  async function after(steps: readonly Step[]) {
    const uploads = new OpenUploads();
    for (const [operation, path, status, location] of steps) {
      await uploads.watch(() => Promise.resolve(answer(status, location)))(call(operation, path));
    }
    return uploads.take().map((session) => `${session.repository} ${session.location}`);
  }
  const opened: Step = ['upload_start', '/v2/a/b/blobs/uploads/', 202, '/v2/a/b/blobs/uploads/1?_state=x'];

  it.each<[phrase: string, steps: readonly Step[], left: readonly string[]]>([
    ['opened', [opened], ['a/b http://r/v2/a/b/blobs/uploads/1?_state=x']],
    [
      'moved by each answer',
      [opened, ['upload_patch', '/v2/a/b/blobs/uploads/1?_state=x', 202, 'http://other/up/1?s=2']],
      ['a/b http://other/up/1?s=2'],
    ],
    ['committed', [opened, ['upload_put', '/v2/a/b/blobs/uploads/1?_state=x&digest=d', 201]], []],
    ['refused', [['upload_start', '/v2/a/b/blobs/uploads/', 403]], []],
    ['mounted', [['upload_mount', '/v2/a/b/blobs/uploads/?mount=d&from=c', 201]], []],
    [
      'opened by a mount that did not come about',
      [['upload_mount', '/v2/a/b/blobs/uploads/?mount=d&from=c', 202, '/v2/a/b/blobs/uploads/2']],
      ['a/b http://r/v2/a/b/blobs/uploads/2'],
    ],
  ])('%s', async (_phrase, steps, left) => {
    expect(await after(steps)).toEqual(left);
  });
});
