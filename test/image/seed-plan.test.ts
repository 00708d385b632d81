import { describe, expect, it } from 'vitest';
import { InvalidConfigError } from '../../src/base/index.ts';
import { buildImage, planSeed, runSlug, type SeedOptions } from '../../src/image/index.ts';

const settings = { seed: 1, runId: '2025-11-24T13:00:00Z-ab12', repoPrefix: 'perf/loadreg' };
const names = (options: SeedOptions, of = settings) => [...planSeed(options, of)].map(({ repository, tag }) => `${repository}:${tag}`);

async function freshImage(runId: string) {
  const [image] = planSeed({ layers: ['1KiB'], base: { size: '2KiB' }, fresh: true }, { ...settings, runId });
  return { repository: image?.repository, layers: (await buildImage(image?.spec ?? { id: '', layers: [] })).layers };
}

describe('planSeed', () => {
  it.each([
    ['count alone: a repository each', { count: 3 }, ['1:v1', '2:v1', '3:v1']],
    ['repositories and tags', { repositories: 2, tags: 2 }, ['1:v1', '1:v2', '2:v1', '2:v2']],
    ['count dealt over repositories', { count: 3, repositories: 2 }, ['1:v1', '1:v2', '2:v1']],
    ['count with tags', { count: 4, tags: 2 }, ['1:v1', '1:v2', '2:v1', '2:v2']],
    ['tags alone: one repository', { tags: 2 }, ['1:v1', '1:v2']],
    ['nothing: one image', {}, ['1:v1']],
    ['fewer images than repositories', { count: 1, repositories: 5 }, ['1:v1']],
  ] satisfies [string, Partial<SeedOptions>, string[]][])('takes %s', (_, options, expected) => {
    expect(names({ layers: [512], ...options }).map((name) => name.replace(/^perf\/loadreg\/app-[0-9a-f]{6}-/, ''))).toEqual(expected);
  });

  it('names the same repositories on every run, others for another seed or shape', () => {
    const options: SeedOptions = { count: 2, layers: ['1KiB'] };
    expect(names(options, { ...settings, runId: 'other' })).toEqual(names(options));
    expect(names(options, { ...settings, seed: 2 })).not.toEqual(names(options));
    expect(names({ ...options, layers: ['2KiB'] })).not.toEqual(names(options));
  });

  it.each([
    [
      'repositories, tags and bases',
      { repositories: 20, tags: 3, layers: ['512B', '8KiB', '256KiB'], base: { size: '10KiB', count: 5 } },
      'loadreg/app-b6f2ce-20:v3 sha256:bd8584b53daf4acfc63044b19ae9997ed2439102bb4de9d212af26a7f6a2074f',
    ],
    [
      'fresh images',
      { repositories: 4, fresh: true, layers: ['64KiB', '1MiB'] },
      'loadreg/app-run-d1eb6e-4:v1 sha256:d142a3882e390f0fc5485eb881c96e2216f340931fba1c53ef51688ef7b19ac5',
    ],
    [
      'a count',
      { count: 4, layers: ['64KiB', '1MiB'] },
      'loadreg/app-d1eb6e-4:v1 sha256:273e8393d8b216215210308908727c38b9a5f619ae3eceb376366f01b5054501',
    ],
  ] satisfies [string, SeedOptions, string][])(
    'keeps names and digests of %s for ever: workloads stay comparable',
    async (_, options, expected) => {
      const last = [...planSeed(options, { seed: 1, runId: 'run', repoPrefix: 'loadreg' })].at(-1);
      const { manifest } = await buildImage(last?.spec ?? { id: '', layers: [] });
      expect(`${last?.repository}:${last?.tag} ${manifest.digest}`).toBe(expected);
    },
  );

  it.each([false, true])('changes as many layers from tag to tag as it is told, and none below (fresh: %s)', async (fresh) => {
    const plan = [...planSeed({ repositories: 2, tags: 3, layers: [2048, 1024, 1024, 512], changed: 2, fresh }, settings)];
    const built = await Promise.all(plan.map(({ spec }) => buildImage(spec)));
    const distinct = (i: number) => new Set(built.map(({ layers }) => layers[i]?.digest)).size;
    expect([0, 1, 2, 3].map(distinct)).toEqual([2, 2, 6, 6]);
    expect(built[4]?.layers.map((layer) => layer.fresh)).toEqual([false, false, fresh, fresh]);
  });

  it('draws the same sizes for all tags that share layers, and for each image else', async () => {
    const layers = { distribution: 'hub-2024', cap: '8KiB' } as const;
    const shapes = async (changed: { changed?: number }) => {
      const built = [...planSeed({ tags: 3, layers, ...changed }, settings)].map(({ spec }) => buildImage(spec));
      return new Set((await Promise.all(built)).map((image) => image.layers.map(({ size }) => size).join()));
    };
    expect((await shapes({ changed: 1 })).size).toBe(1);
    expect((await shapes({})).size).toBe(3);
  });

  it('gives a fresh seed repositories and layers of this run alone, and keeps shared bases the same', async () => {
    const [one, two] = [await freshImage('run-1'), await freshImage('run-2')];
    expect(one.repository).toMatch(/^perf\/loadreg\/app-run-1-[0-9a-f]{6}-1$/);
    expect(two.repository).not.toBe(one.repository);
    expect(one.layers.map(({ fresh }) => fresh)).toEqual([false, true]);
    expect(two.layers[0]?.digest).toBe(one.layers[0]?.digest);
    expect(two.layers[1]?.digest).not.toBe(one.layers[1]?.digest);
  });

  it('shares bases between repositories and nothing else', async () => {
    const plan = [...planSeed({ repositories: 4, tags: 2, layers: [1024], base: { size: 2048, count: 2 } }, settings)];
    const built = await Promise.all(plan.map(({ spec }) => buildImage(spec)));
    expect(new Set(built.map(({ layers }) => layers[0]?.digest)).size).toBe(2);
    expect(new Set(built.map(({ layers }) => layers[1]?.digest)).size).toBe(8);
    expect(new Set(built.map(({ config }) => config.digest)).size).toBe(8);
  });

  it('needs no prefix', () => {
    expect(names({ layers: [512] }, { ...settings, repoPrefix: '' })[0]).toMatch(/^app-[0-9a-f]{6}-1:v1$/);
  });

  it('says everything that is wrong at once', () => {
    const wrong = {
      layers: ['10M', -1],
      count: 0,
      config: 'big',
      compressible: 2,
      name: 'My App',
      format: 'tar',
      base: { size: '1KiB', count: 1.5 },
    };
    let problems: string[] = [];
    try {
      planSeed(wrong as unknown as SeedOptions, settings);
    } catch (error) {
      problems = (error as InvalidConfigError).problems.map(({ where }) => where);
    }
    expect(problems.toSorted()).toEqual(
      ['base.count', 'compressible', 'config', 'count', 'format', 'layers[0]', 'layers[1]', 'name'].map((at) => `images.seed().${at}`),
    );
  });

  it.each([
    ['fresh layers too small to be unique', { layers: [8], fresh: true }, /layers\[0\].*too small.*16/],
    ['layers that are no list', { layers: '1MiB' }, /no list of sizes/],
    ['numbers that contradict each other', { layers: [], count: 5, repositories: 2, tags: 2 }, /5 images are not 2 repositories of 2 tags/],
  ])('refuses %s', (_, options, message) => {
    expect(() => planSeed(options as unknown as SeedOptions, settings)).toThrow(message);
  });

  it('makes a name of any run id', () => {
    expect(runSlug('2025-11-24T13:00:00Z-ab12')).toBe('2025-11-24t13-00-00z-ab12');
    expect(runSlug('__')).toBe('run');
  });
});

describe('counts that cannot be meant', () => {
  it.each([
    [{ tags: 1e9 }, /images\.seed\(\)\.tags: 1000000000 .*\(a whole number from 1 to 1000000\)/],
    [{ count: 1_000_001 }, /images\.seed\(\)\.count: 1000001/],
    [{ repositories: 1e15 }, /images\.seed\(\)\.repositories/],
    [{ repositories: 100_000, tags: 100_000 }, /images\.seed\(\): 10000000000 images are more than can be meant \(at most 1000000\)/],
  ])('%o are refused at once', (options, message) => {
    const startedAt = performance.now();
    expect(() => planSeed({ layers: ['1KiB'], ...options }, settings)).toThrow(message);
    expect(performance.now() - startedAt).toBeLessThan(500);
  });

  it('a million images are planned one by one, as they are asked for', () => {
    const startedAt = performance.now();
    const [first, second] = planSeed({ layers: ['1KiB'], tags: 1_000_000 }, settings);
    expect([first?.tag, second?.tag]).toEqual(['v1', 'v2']);
    expect(performance.now() - startedAt).toBeLessThan(500);
  });
});
