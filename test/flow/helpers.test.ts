import { describe, expect, it } from 'vitest';
import { check, Counter, flow, Gauge, group, Rate, sleep, Trend } from '../../src/flow/index.ts';
import { imageServer } from './support/image-server.ts';
import { testVu } from './support/vu.ts';

const server = await imageServer({});

describe('check', () => {
  it('counts each predicate under its name and says whether all held', () => {
    const { vu, seen } = testVu(server.url);
    expect(check(vu, 3, { 'is odd': (n) => n % 2 === 1, 'is large': (n) => n > 10 }, { kind: 'number' })).toBe(false);
    expect(check(vu, 'text', { 'has a length': (text) => text.length })).toBe(true);
    expect(seen.checks).toEqual([
      { name: 'is odd', ok: true, group: '', tags: { kind: 'number' } },
      { name: 'is large', ok: false, group: '', tags: { kind: 'number' } },
      { name: 'has a length', ok: true, group: '', tags: {} },
    ]);
  });

  it('counts a predicate that throws as failed and throws it on', () => {
    const { vu, seen } = testVu(server.url);
    expect(() => check(vu, null as unknown as string[], { boom: (list) => list.length > 0 })).toThrow(TypeError);
    expect(seen.checks).toMatchObject([{ name: 'boom', ok: false }]);
  });

  it('refuses an async predicate, which would always hold', () => {
    const { vu, seen } = testVu(server.url);
    expect(() => check(vu, 1, { later: () => Promise.resolve(false) })).toThrow(/await the value first/);
    expect(seen.checks).toMatchObject([{ ok: false }]);
  });
});

describe('group', () => {
  it('tags what is in it with its path, also when nested, and takes its time', async () => {
    const { vu, seen } = testVu(server.url);
    const value = await group(vu, 'outer', async () => {
      check(vu, 1, { outside: () => true });
      return group(vu, 'inner', () => {
        check(vu, 1, { inside: () => true });
        return 7;
      });
    });
    check(vu, 1, { after: () => true });
    expect(value).toBe(7);
    expect(seen.checks.map((entry) => [entry.name, entry.group])).toEqual([
      ['outside', '::outer'],
      ['inside', '::outer::inner'],
      ['after', ''],
    ]);
    expect(seen.groups.map((entry) => entry.group)).toEqual(['::outer::inner', '::outer']);
  });

  it('is left when its function throws', async () => {
    const { vu, seen } = testVu(server.url);
    await expect(group(vu, 'bad', () => Promise.reject(new Error('boom')))).rejects.toThrow('boom');
    expect(vu.internals.scope.group).toBe('');
    expect(seen.groups).toHaveLength(1);
  });

  it('refuses a name that would look like two', async () => {
    await expect(group(testVu(server.url).vu, 'a::b', () => 1)).rejects.toThrow(/::/);
  });
});

describe('sleep', () => {
  it.each([
    ['seconds as a number', 0.03],
    ['text with a unit', '30ms'],
  ])('waits %s', async (_, duration) => {
    const { vu } = testVu(server.url);
    const start = performance.now();
    await sleep(vu, duration);
    expect(performance.now() - start).toBeGreaterThan(25);
    expect(performance.now() - start).toBeLessThan(1000);
  });

  it('ends at once when the iteration is cut off, by throwing, so that a loop around it ends too', async () => {
    const { vu, abort } = testVu(server.url);
    setTimeout(() => abort(new Error('the end')), 10);
    const forever = async () => {
      for (;;) await sleep(vu, '1h');
    };
    await expect(forever()).rejects.toThrow('the end');
    await expect(sleep(vu, 0)).rejects.toThrow('the end');
  });

  it.each(['1', 'soon', '', -1, Number.NaN])('refuses %o, which is no duration', async (duration) => {
    await expect(sleep(testVu(server.url).vu, duration)).rejects.toThrow(/no duration/);
  });
});

describe('custom metrics', () => {
  it('record what is added, with its tags', async () => {
    const { vu, seen } = testVu(server.url);
    new Counter('scans').add(vu, 2, { kind: 'deep' });
    new Gauge('queue').add(vu, 5);
    new Rate('found').add(vu, true);
    new Rate('found').add(vu, 0);
    new Trend('scan_time', true).add(vu, 12.5);
    expect(seen.custom).toEqual([
      { name: 'scans', type: 'counter', value: 2, tags: { kind: 'deep' } },
      { name: 'queue', type: 'gauge', value: 5, tags: {} },
      { name: 'found', type: 'rate', value: 1, tags: {} },
      { name: 'found', type: 'rate', value: 0, tags: {} },
      { name: 'scan_time', type: 'trend', value: 12.5, tags: {} },
    ]);
    expect(new Trend('scan_time', true).contains).toBe('time');
    expect(new Trend('scan_size').contains).toBe('default');
  });

  it('leave out what is no number, and say so', () => {
    const { vu, seen } = testVu(server.url);
    new Counter('scans').add(vu, Number.NaN);
    new Trend('scan_time').add(vu, Number.POSITIVE_INFINITY);
    expect(seen.custom).toEqual([]);
    expect(seen.log).toEqual([expect.stringContaining('scans: NaN'), expect.stringContaining('scan_time: Infinity')]);
  });

  it.each(['', 'x', '1st', 'with space', 'with-dash', 'ünï', 'a'.repeat(130), 'http_req_duration'])('refuse the name %o', (name) => {
    expect(() => new Counter(name)).toThrow(/new Counter/);
  });

  it('are counted under the flow that they are added in', async () => {
    const { vu, seen } = testVu(server.url);
    await flow(vu, 'own', (inner) => new Counter('in_flow').add(inner, 1));
    expect(seen.custom).toHaveLength(1);
  });
});
