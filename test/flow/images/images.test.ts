import { beforeEach, describe, expect, it } from 'vitest';
import { images, pull, type SeedImagesOptions } from '../../../src/flow/index.ts';
import type { ImageRef } from '../../../src/image/index.ts';
import { startRegistry } from '../../../src/serve/index.ts';
import { atEnd } from '../../support/at-end.ts';
import { testVu } from '../support/vu.ts';

let registry: Awaited<ReturnType<typeof startRegistry>>;
beforeEach(async () => {
  registry = await startRegistry();
  const mine = registry;
  atEnd(() => mine.close());
});

const options: SeedImagesOptions = { repositories: 2, tags: 2, layers: ['1KiB', '64KiB'], base: { size: '128KiB', count: 1 } };
const freshSeed = (runId: string) => images.seed(testVu(registry.url, { settings: { runId } }).vu, { ...options, fresh: true });
const count = (operations: string[], name: string) => operations.filter((operation) => operation === name).length;

describe('images.seed', () => {
  it('puts the images there, repository by repository, and says so before and after', async () => {
    const { vu, seen } = testVu(registry.url);
    const refs = await images.seed(vu, options);
    expect(refs.map(({ tag }) => tag)).toEqual(['v1', 'v2', 'v1', 'v2']);
    expect(refs[0]?.repository).toMatch(/^loadreg\/app-[0-9a-f]{6}-1$/);
    expect(JSON.parse(JSON.stringify(refs))).toEqual(refs);
    for (const ref of refs) expect(await pull(vu, ref)).toMatchObject({ ok: true, digest: ref.digest, layers: ref.layers });
    expect(seen.log[0]).toBe('seed: pushing 4 of 4 images in 2 repositories, at most 532 KiB');
    expect(seen.log[1]).toMatch(/^seed: 4 images pushed, .* written in \d+\.\ds$/);
    expect(seen.flows.filter(({ flow }) => flow !== 'pull')).toEqual([]);
  });

  it('finds them on the next run and sends a HEAD for each', async () => {
    const refs = await images.seed(testVu(registry.url).vu, options);
    const next = testVu(registry.url, { settings: { runId: 'run-2' } });
    expect(await images.seed(next.vu, options)).toEqual(refs);
    expect(next.operations()).toEqual(['manifest_head', 'manifest_head', 'manifest_head', 'manifest_head']);
    expect(next.seen.log).toEqual(['seed: all 4 images are in the registry already', 'seed: a pull of one moves 197 KiB on average']);
    expect(next.seen.pushed).toEqual([]);
  });

  it('mends what is missing, and only that', async () => {
    const first = testVu(registry.url);
    const refs = await images.seed(first.vu, options);
    await first.vu.registry.manifests.delete(refs[1]?.repository ?? '', 'v2');
    const { vu, seen, operations } = testVu(registry.url);
    expect(await images.seed(vu, options)).toEqual(refs);
    expect(seen.log[0]).toContain('pushing 1 of 4 images in 1 repository');
    expect(operations().slice(4)).toEqual(['blob_head', 'blob_head', 'blob_head', 'blob_head', 'manifest_put']);
  });

  it('takes a tag that it may not look at for one that is not there, as Artifactory answers for a new repository', async () => {
    const forbidden = testVu(registry.url, {
      wrap: (send) => async (request) =>
        request.operation === 'manifest_head' ? Object.assign(await send(request), { status: 403 }) : send(request),
    });
    const refs = await images.seed(forbidden.vu, options);
    expect(forbidden.seen.log[0]).toContain('pushing 4 of 4 images');
    const { vu } = testVu(registry.url);
    for (const ref of refs) expect(await pull(vu, ref)).toMatchObject({ ok: true, digest: ref.digest });
  });

  it('pushes an image again whose tag stands for something else', async () => {
    const { vu } = testVu(registry.url);
    const [ref] = await images.seed(vu, { layers: [512] });
    const [other] = await images.seed(vu, { layers: [1024] });
    const bytes = (await vu.registry.manifests.get(other?.repository ?? '', 'v1')).bytes;
    await vu.registry.manifests.put(ref?.repository ?? '', 'v1', bytes, ref?.mediaType ?? '').catch(() => {}); // blobs may be asked for
    const again = await images.seed(vu, { layers: [512] });
    expect(await pull(vu, again[0] ?? '')).toMatchObject({ ok: true, digest: ref?.digest });
  });

  it('mounts shared bases instead of sending them again', async () => {
    const { vu, operations } = testVu(registry.url);
    await images.seed(vu, { count: 12, layers: [512], base: { size: '256KiB', count: 1 } });
    expect(count(operations(), 'upload_mount')).toBeGreaterThanOrEqual(8); // all but those of the first four, which go at once
  });

  it('makes fresh images of this run alone', async () => {
    const [one, two] = [await freshSeed('a'), await freshSeed('b')];
    const digests = (refs: typeof one) => refs.flatMap(({ layers }) => layers.slice(1).map(({ digest }) => digest));
    expect(new Set([...digests(one), ...digests(two)]).size).toBe(16);
    expect(new Set([...one, ...two].map(({ repository }) => repository)).size).toBe(4);
  });

  it('works on a registry that does not say digests on HEAD', async () => {
    const { vu } = testVu(registry.url);
    await images.seed(vu, options);
    const silent = testVu(registry.url, {
      wrap: (send) => async (request) => {
        const response = await send(request);
        return { ...response, headers: { ...response.headers, 'docker-content-digest': undefined } };
      },
    });
    await images.seed(silent.vu, options);
    expect(silent.operations().toSorted()).toEqual([...Array(4).fill('manifest_get'), ...Array(4).fill('manifest_head')]);
  });

  it('fails with what it was at, and with what needs no right to push', async () => {
    const { vu } = testVu(registry.url, {
      wrap: (send) => (request) =>
        request.operation === 'manifest_put' ? send({ ...request, path: '/v2/BAD/manifests/x' }) : send(request),
    });
    const seeding = images.seed(vu, options);
    await expect(seeding).rejects.toThrow(/^images\.seed\(\) failed at loadreg\/app-[0-9a-f]{6}-\d:v\d: manifest_put failed with/);
    await expect(seeding).rejects.toMatchObject({ hint: expect.stringContaining('images.fromCatalog()'), exit: 'scriptException' });
  });

  it('stops when the run does, with nothing under way', async () => {
    const { vu, abort, operations } = testVu(registry.url, {
      wrap: (send) => async (request) => {
        if (request.operation === 'upload_put') abort(new Error('the end'));
        return send(request);
      },
    });
    await expect(images.seed(vu, { ...options, repositories: 20 })).rejects.toThrow('the end');
    const atTheEnd = operations().length;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(operations()).toHaveLength(atTheEnd);
    expect(count(operations(), 'manifest_put')).toBe(0);
  });

  it('says what is wrong with its options', async () => {
    await expect(images.seed(testVu(registry.url).vu, { layers: ['10'], count: 1.5 })).rejects.toThrow(/images\.seed\(\)\.count: 1\.5/);
  });
});

describe('images.fresh and images.retag', () => {
  it('make names and digests that no other VU of the run has', async () => {
    const [one, two] = [testVu(registry.url, { id: 1 }), testVu(registry.url, { id: 2 })];
    const made = [];
    for (const { vu } of [one, two, one, two]) made.push(await images.fresh(vu, { layers: ['1KiB'] }));
    expect(new Set(made.map(({ tag }) => tag)).size).toBe(4);
    expect(new Set(made.map(({ layers }) => layers[0]?.digest)).size).toBe(4);
    expect(new Set(made.map(({ repository }) => repository))).toEqual(new Set(['loadreg/new-run-1-1', 'loadreg/new-run-1-2']));
  });

  it('go where they are told', async () => {
    const { vu } = testVu(registry.url);
    expect(await images.fresh(vu, { layers: ['1KiB'], repository: 'mine/app', tag: 'x', format: 'docker' })).toMatchObject({
      repository: 'mine/app',
      tag: 'x',
      manifest: { mediaType: 'application/vnd.docker.distribution.manifest.v2+json' },
    });
    const [base] = await images.seed(vu, { layers: [512], format: 'docker' });
    if (base === undefined) throw new Error('nothing was seeded');
    const onTop = await images.fresh(vu, { on: base, layers: ['1KiB'] });
    expect(onTop.manifest.mediaType).toBe('application/vnd.docker.distribution.manifest.v2+json');
    expect(images.retag(vu, base, { tag: 'stable' })).toMatchObject({ repository: base.repository, tag: 'stable' });
  });

  it.each([
    [
      'an image of which only the name is known',
      (vu) => images.fresh(vu, { on: { repository: 'a', tag: 'b' }, layers: ['1KiB'] }),
      /not known/,
    ],
    ['a base below a base', (vu) => images.fresh(vu, { on: { repository: 'a' }, base: { size: 1 }, layers: [] }), /base of that one/],
    ['a repository that is none', (vu) => images.fresh(vu, { repository: 'Not/Valid', layers: [] }), /lower case/],
    ['a tag that is none', (vu) => images.fresh(vu, { repository: 'a', tag: '-x', layers: [] }), /tag/],
    ['a layer that cannot be unique', (vu) => images.fresh(vu, { layers: ['1B'] }), /too small/],
  ] satisfies [string, (vu: ReturnType<typeof testVu>['vu']) => Promise<unknown>, RegExp][])('refuse %s', async (_, make, message) => {
    await expect(make(testVu(registry.url).vu)).rejects.toThrow(message);
  });
});

describe('images that are there', () => {
  it('are named by a list, of which every bad name is told', () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    expect(images.fromList(['team/app:1.0', `team/app@${digest}`, 'app'])).toEqual([
      { repository: 'team/app', tag: '1.0' },
      { repository: 'team/app', digest },
      { repository: 'app' },
    ] satisfies ImageRef[]);
    expect(() => images.fromList(['ok', 'No', 'a:-'])).toThrow(/"No"[^]*"a:-"/);
  });

  it('are found by the catalog, in its order, up to a limit and through a filter', async () => {
    const { vu } = testVu(registry.url);
    const refs = (await images.seed(vu, { ...options, repositories: 3 })).map(({ repository, tag }) => ({ repository, tag }));
    expect(await images.fromCatalog(vu)).toEqual(refs);
    expect(await images.fromCatalog(vu, { limit: 3 })).toEqual(refs.slice(0, 3));
    expect(await images.fromCatalog(vu, { limit: 0 })).toEqual([]);
    expect(await images.fromCatalog(vu, { filter: (repository, tag) => repository.endsWith('2') && tag !== 'v1' })).toEqual([refs[3]]);
  });

  it('are drawn by popularity, from the seed', async () => {
    const refs = images.fromList(['a:1', 'a:2', 'b:1', 'c:1']);
    const draw = () => {
      const { vu } = testVu(registry.url);
      return Array.from({ length: 20 }, () => images.popular(vu, refs));
    };
    expect(draw()).toEqual(draw());
    expect(new Set(draw()).size).toBeGreaterThan(1);
  });
});
