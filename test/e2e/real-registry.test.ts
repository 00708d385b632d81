import { expect, it } from 'vitest';
import type { RunRecord } from '../../src/record/index.ts';
import { type DockerRegistry, type DockerRegistryOptions, startDockerRegistry } from '../support/docker-registry.ts';
import { describeWith } from '../support/real-parts.ts';
import { type CliOptions, runCli, spawnCli } from '../support/run-cli.ts';

const ITERATIONS = 30;

/** Runs the smoke scenario against a registry and returns the record, after the checks that hold for every good run. */
async function smoke(registry: DockerRegistry, args: readonly string[] = [], options: CliOptions = {}) {
  const small = ['-e', 'LAYERS=4KiB,200KiB', '-e', 'MIX=40,20,10,15,15', '--iterations', String(ITERATIONS)];
  // Whether a password shows is for a process that never heard of it before.
  const cli = options.stdin === undefined ? runCli : spawnCli;
  const ran = await cli(['run', 'smoke', '--registry', registry.url, '--report', 'run.json', ...small, ...args], options);
  expect(ran.stderr + ran.stdout).not.toContain(registry.password);
  expect(ran.exitCode, ran.stderr).toBe(0);
  const record = JSON.parse(ran.files['run.json'] as string) as RunRecord;
  expect(ran.files['run.json']).not.toContain(registry.password);
  expect(record.outcome.state).toBe('finished');
  expect(record.iterations).toMatchObject({ complete: ITERATIONS, failed: 0, interrupted: 0 });
  expect(record.errors.filter((error) => error.stage !== 'teardown')).toEqual([]);
  return { ran, record };
}

const login = (registry: DockerRegistry) => ({
  args: ['--username', registry.username, '--password-stdin'],
  options: { stdin: `${registry.password}\n` },
});

describeWith(['docker-registry', 'htpasswd', 'openssl'], 'loadreg run on a real docker-registry', () => {
  const modes: [string, DockerRegistryOptions, 'none' | 'basic' | 'bearer'][] = [
    ['open', {}, 'none'],
    ['with deletion enabled', { deleteEnabled: true }, 'none'],
    ['with htpasswd', { auth: 'htpasswd' }, 'basic'],
    ['with token auth', { auth: 'token' }, 'bearer'],
    ['below a base path', { prefix: '/link/to/docker/registry/' }, 'none'],
    ['below a base path with token auth', { prefix: '/link/to/docker/registry/', auth: 'token' }, 'bearer'],
    ['with relative Locations', { relativeUrls: true }, 'none'],
    ['that redirects blobs to a storage', { redirect: true, auth: 'htpasswd' }, 'basic'],
    ['with TLS', { tls: true }, 'none'],
  ];
  it.each(modes)('%s goes through without a failure', async (_mode, settings, auth) => {
    const registry = await startDockerRegistry(settings);
    const { args, options } = auth === 'none' ? { args: [], options: {} } : login(registry);
    const tls = registry.caFile === undefined ? [] : ['--ca-file', registry.caFile];
    const { record, ran } = await smoke(registry, ['--cleanup', ...args, ...tls], options);

    expect(record.target).toMatchObject({ baseUrl: registry.url, embedded: false, auth, pushAllowed: true });
    expect(record.target.deleteAllowed).toBe(settings.deleteEnabled ?? false);
    const cleanup = settings.deleteEnabled === true ? 'removed' : 'could not remove';
    expect(ran.stderr).toMatch(new RegExp(`cleanup ${cleanup} \\d+ of \\d+ manifests`));
    const flows = record.rows.filter(({ metric }) => metric === 'flow_duration').map(({ tags }) => tags.flow);
    expect(new Set(flows)).toEqual(new Set(['pull', 'push', 'probe', 'listTags']));
    expect(record.target.tls).toBe(settings.tls === true ? 'TLSv1.3' : null);
    const roles = new Set(record.rows.map((row) => row.tags.host_role).filter((role) => role !== undefined));
    expect(roles.has('token')).toBe(auth === 'bearer');
    expect(roles.has('storage')).toBe(settings.redirect === true);
    expect(record.target.redirectHosts).toHaveLength(settings.redirect === true ? 1 : 0);
    expect(registry.storageServer?.requests.filter((request) => request.authorization !== undefined) ?? []).toEqual([]);
  });

  it('makes the same choices in every run with the same seed, and skips what an earlier one seeded', async () => {
    const registry = await startDockerRegistry();
    const counts = (record: RunRecord) =>
      Object.fromEntries(
        record.rows
          .filter((row) => row.metric === 'flow_duration' && row.type === 'trend')
          .map((row) => [row.tags.flow, row.type === 'trend' ? row.values.count : 0]),
      );
    const uploads = (record: RunRecord) =>
      (record.setup?.rows ?? [])
        .filter((row) => row.metric === 'http_reqs' && row.tags.operation === 'upload_put')
        .reduce((sum, row) => sum + (row.type === 'counter' ? row.values.count : 0), 0);
    const [a, b, c] = [await smoke(registry), await smoke(registry), await smoke(registry, ['--seed', '2'])];
    expect(counts(b.record)).toEqual(counts(a.record));
    expect(counts(c.record)).not.toEqual(counts(a.record));
    expect(b.record.workloadHash).toBe(a.record.workloadHash);
    expect(c.record.workloadHash).not.toBe(a.record.workloadHash);
    // 4 images to pull are the same every night; 2 to push on are this run's own.
    expect(uploads(a.record)).toBeGreaterThan(uploads(b.record));
    expect(uploads(b.record)).toBeGreaterThan(0);
  });

  it.each(['htpasswd', 'token'] as const)(
    'stops before the start when it needs credentials (%s) and gets none, or wrong ones',
    async (auth) => {
      const registry = await startDockerRegistry({ auth });
      const given: [string[], CliOptions][] = [
        [[], {}],
        [['--username', 'tester', '--password-stdin'], { stdin: 'guess' }],
      ];
      for (const [args, options] of given) {
        const ran = await runCli(['run', 'smoke', '--registry', registry.url, ...args], options);
        expect(ran.exitCode).toBe(120);
        expect(ran.stderr).toContain('refused our credentials');
        expect(ran.stderr).not.toContain('guess');
        expect(Object.keys(ran.files)).toEqual([]);
      }
    },
  );
});
