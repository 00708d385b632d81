import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import type { RunRecord } from '../../src/record/index.ts';
import { startRegistry } from '../../src/serve/index.ts';
import { atEnd } from '../support/at-end.ts';
import { type Faults, startFaultyRegistry } from '../support/faulty-registry.ts';
import { runCli } from '../support/run-cli.ts';

const PULLS = `
import { images, pull, type VU } from 'loadreg';
export const options = { vus: 1, iterations: 12 };
export async function setup(vu: VU) {
  return { refs: await images.seed(vu, { count: 2, layers: ['8KiB', '100KiB'] }) };
}
export default async function (vu: VU, data: Awaited<ReturnType<typeof setup>>) {
  await pull(vu, vu.random.pick(data.refs));
}
`;

/** A registry that behaves. */
let good: string;
beforeAll(async () => {
  const registry = await startRegistry();
  atEnd(registry.close);
  good = registry.url;
});

async function run(registry: string, args: readonly string[] = [], source = PULLS) {
  const ran = await runCli(['run', 'pulls.ts', '--registry', registry, '--report', 'run.json', ...args], { files: { 'pulls.ts': source } });
  const text = ran.files['run.json'];
  return { ran, record: text === undefined ? undefined : (JSON.parse(text) as RunRecord) };
}

describe('a registry that misbehaves', () => {
  const table: [string, Faults, { codes: RegExp; exit: number }][] = [
    ['hands out other bytes', [{ operation: 'blob_get', times: 3, fault: { kind: 'corrupt' } }], { codes: /^DIGEST_MISMATCH$/, exit: 99 }],
    [
      'hands out too few bytes',
      [{ operation: 'blob_get', times: 3, fault: { kind: 'truncate', to: 10 } }],
      { codes: /^SIZE_MISMATCH$/, exit: 99 },
    ],
    [
      'breaks a body off',
      [{ operation: 'blob_get', times: 3, fault: { kind: 'cut', after: 10 } }],
      { codes: /^(ECONNRESET|BODY_TRUNCATED)$/, exit: 0 },
    ],
    ['resets connections', [{ operation: 'blob_get', times: 3, fault: { kind: 'reset' } }], { codes: /^ECONNRESET$/, exit: 0 }],
    [
      'is overloaded',
      [{ operation: 'manifest_get', times: 3, fault: { kind: 'too-many' } }],
      { codes: /^(TOOMANYREQUESTS|HTTP_429)$/, exit: 0 },
    ],
    [
      'answers with the error page of a proxy',
      [
        {
          operation: 'blob_get',
          times: 3,
          fault: { kind: 'status', status: 503, body: '<html><h1>busy</h1></html>', headers: { 'content-type': 'text/html' } },
        },
      ],
      { codes: /^HTTP_503$/, exit: 0 },
    ],
  ];
  it.each(table)('%s: counted under its own code, and the run goes on', async (_how, faults, expected) => {
    const registry = await startFaultyRegistry();
    registry.set((request) => {
      // Preflight reads a blob too; only the load is to meet the faults.
      if (request.url.includes('preflight') || !Array.isArray(faults)) return undefined;
      const row = (faults as Exclude<Faults, (...args: never[]) => unknown>)[0];
      return row !== undefined && row.operation === request.operation && request.nth % 6 < (row.times ?? 1) ? row.fault : undefined;
    });
    const { ran, record } = await run(registry.url);
    expect(ran.exitCode, ran.stderr).toBe(expected.exit);
    expect(record?.outcome.state).toBe('finished');
    expect(record?.iterations.complete).toBe(12);
    expect(record?.iterations.failed).toBeGreaterThan(0);
    expect(record?.errors.length).toBeGreaterThan(0);
    for (const error of record?.errors ?? []) expect(error.code).toMatch(expected.codes);
  });

  it('has no image of that name: every pull fails under MANIFEST_UNKNOWN, and the run with 125', async () => {
    const registry = await startFaultyRegistry();
    const source = `import { pull, type VU } from 'loadreg';
      export const options = { iterations: 3 };
      export default async (vu: VU) => { await pull(vu, 'no/such:image'); };`;
    const { ran, record } = await run(registry.url, [], source);
    expect(ran.exitCode).toBe(125);
    expect(ran.stderr).toContain('all 3 iterations failed');
    expect(record?.errors.filter((error) => error.source === 'flow')).toMatchObject([{ name: 'pull', count: 3 }]);
  });
});

it('counts what a registry never answers, though the run ends first', async () => {
  const registry = await startFaultyRegistry();
  registry.set((request) => (request.operation === 'tags_list' ? { kind: 'hang' } : undefined));
  const source = `import { type VU } from 'loadreg';
    export const options = { scenarios: { hang: { executor: 'constant-vus', vus: 2, duration: '1s', gracefulStop: '500ms' } },
      thresholds: { http_req_failed: ['rate==0'] } };
    export default async (vu: VU) => { await vu.registry.tags.page('some/app'); };`;
  const { ran, record } = await run(registry.url, [], source);
  expect(ran.exitCode, ran.stderr).toBe(125);
  expect(record?.thresholds[0]).toMatchObject({ metric: 'http_req_failed', ok: false });
  expect(record?.iterations.interrupted).toBe(2);
  expect(record?.errors).toMatchObject([{ code: 'CUT_OFF', name: 'tags_list', count: 2 }]);
});

describe('a run that cannot start', () => {
  it('says that nothing answers, with exit 120 and no report', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const { ran, record } = await run(`http://127.0.0.1:${port}`);
    expect(ran.exitCode).toBe(120);
    expect(ran.stderr).toContain(`no registry at http://127.0.0.1:${port} (ECONNREFUSED`);
    expect(ran.stderr).not.toContain('    at ');
    expect(record).toBeUndefined();
  });

  it('says that what answers is no registry', async () => {
    const server = createServer((_request, response) => response.writeHead(404).end('<h1>hello</h1>')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { ran } = await run(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.close();
    expect(ran.exitCode).toBe(120);
    expect(ran.stderr).toContain('no registry at');
  });

  it('refuses a well-known public registry', async () => {
    const { ran } = await run('https://registry-1.docker.io');
    expect(ran.exitCode).toBe(104);
    expect(ran.stderr).toContain('--public-registry-is-mine');
  });
});

describe('a scenario that misbehaves', () => {
  it('throws in some iterations: shown once with its line, counted, and the run goes on', async () => {
    const { ran, record } = await run(
      good,
      [],
      `export const options = { iterations: 10 };
export default (vu: { exec: { vu: { iterationInInstance: number } } }) => {
  const n: number = vu.exec.vu.iterationInInstance;
  if (n % 2 === 1) throw new TypeError('odd ones out');
};`,
    );
    expect(ran.exitCode).toBe(0);
    expect(ran.stderr.match(/odd ones out/g)).toHaveLength(1);
    expect(ran.stderr).toContain('pulls.ts:4');
    expect(record?.errors).toMatchObject([{ code: 'TypeError', source: 'iteration', count: 5 }]);
  });

  it.each([
    [
      'throws in setup, and teardown runs all the same',
      `export const setup = () => { throw new Error('no ground'); };
       export const teardown = (vu: any, data: unknown) => vu.log.info('no ground, no data: ' + data);`,
      107,
      'no ground, no data: undefined',
    ],
    ['returns from setup what is no JSON', `export const setup = () => ({ when: new Date() });`, 107, 'data.when is a Date'],
    ['takes too long in setup', `export const setup = () => new Promise(() => {}); `, 100, 'setup() took longer'],
    ['takes too long in teardown', `export const teardown = () => new Promise(() => {}); `, 101, 'teardown() took longer'],
    ['throws in teardown', `export const teardown = () => { throw new Error('left behind'); };`, 107, 'left behind'],
    ['calls test.abort()', `const abort = true;`, 108, 'enough'],
  ])('%s: the report is written and the exit code says so', async (_what, more, exit, message) => {
    const { ran, record } = await run(
      good,
      [],
      `export const options = { iterations: 2, setupTimeout: '500ms', teardownTimeout: '500ms' };
       ${more}
       declare const abort: unknown;
       export default (vu: any) => { if (typeof abort !== 'undefined') vu.exec.test.abort('enough'); };`.replace(
        'declare const abort: unknown;',
        more.includes('abort') ? '' : 'declare const abort: unknown;',
      ),
    );
    expect(ran.exitCode, ran.stderr).toBe(exit);
    expect(ran.stderr).toContain(message);
    expect(['failed', 'aborted']).toContain(record?.outcome.state);
  });

  it('uploads more than --max-write allows and is stopped', async () => {
    const source = `import { images, type VU } from 'loadreg';
      export const setup = (vu: VU) => images.seed(vu, { count: 30, layers: ['1MiB'] });
      export default () => {};`;
    const { ran } = await run(good, ['--max-write', '4MiB'], source);
    expect(ran.exitCode).toBe(108);
    expect(ran.stderr).toContain('--max-write');
  });
});
