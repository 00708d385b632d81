import { expect, it } from 'vitest';
import type { RunRecord } from '../../src/record/index.ts';
import { type DockerRegistry, type DockerRegistryOptions, startDockerRegistry } from '../support/docker-registry.ts';
import { describeWith } from '../support/real-parts.ts';
import { type CliRan, runCli } from '../support/run-cli.ts';

/** Runs the smoke scenario against a registry and returns the record, after the checks that hold for every good run. */
async function smoke(registry: DockerRegistry, args: readonly string[] = [], options: Parameters<typeof runCli>[1] = {}) {
  const ran = await runCli(
    ['run', 'smoke', '--registry', registry.url, '--report', 'run.json', '-e', 'LAYERS=4KiB,1MiB', ...args],
    options,
  );
  expect(ran.stderr + ran.stdout).not.toContain(registry.password);
  expect(ran.exitCode, ran.stderr).toBe(0);
  const record = JSON.parse(ran.files['run.json'] as string) as RunRecord;
  expect(ran.files['run.json']).not.toContain(registry.password);
  expect(record.outcome.state).toBe('finished');
  expect(record.iterations).toMatchObject({ complete: 60, failed: 0, interrupted: 0 });
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
    const { record } = await smoke(registry, [...args, ...tls], options);

    expect(record.target).toMatchObject({ baseUrl: registry.url, embedded: false, auth, pushAllowed: true });
    expect(record.target.deleteAllowed).toBe(settings.deleteEnabled ?? false);
    expect(record.target.tls).toBe(settings.tls === true ? 'TLSv1.3' : null);
    const roles = new Set(record.rows.map((row) => row.tags.host_role).filter((role) => role !== undefined));
    expect(roles.has('token')).toBe(auth === 'bearer');
    expect(roles.has('storage')).toBe(settings.redirect === true);
    expect(record.target.redirectHosts).toHaveLength(settings.redirect === true ? 1 : 0);
    expect(registry.storageServer?.requests.filter((request) => request.authorization !== undefined) ?? []).toEqual([]);
  });

  it('skips on the second run what the first one seeded', async () => {
    const registry = await startDockerRegistry();
    const uploads = (record: RunRecord) =>
      (record.setup?.rows ?? [])
        .filter((row) => row.metric === 'http_reqs' && row.tags.operation === 'upload_put')
        .reduce((sum, row) => sum + (row.type === 'counter' ? row.values.count : 0), 0);
    const first = await smoke(registry);
    const second = await smoke(registry);
    // 4 images to pull are the same every night; 2 to push on are this run's own.
    expect(uploads(first.record)).toBeGreaterThan(uploads(second.record));
    expect(uploads(second.record)).toBeGreaterThan(0);
  });

  it('makes the same choices in every run with the same seed', async () => {
    const registry = await startDockerRegistry();
    const counts = (record: RunRecord) =>
      Object.fromEntries(
        record.rows
          .filter((row) => row.metric === 'flow_duration' && row.type === 'trend')
          .map((row) => [row.tags.flow, row.type === 'trend' ? row.values.count : 0]),
      );
    const [a, b, c] = [await smoke(registry), await smoke(registry), await smoke(registry, ['--seed', '2'])];
    expect(counts(b.record)).toEqual(counts(a.record));
    expect(counts(c.record)).not.toEqual(counts(a.record));
    expect(b.record.workloadHash).toBe(a.record.workloadHash);
    expect(c.record.workloadHash).not.toBe(a.record.workloadHash);
  });

  it('removes what it pushed with --cleanup, and says aloud when the registry refuses', async () => {
    const open = await startDockerRegistry({ deleteEnabled: true });
    const removed = await smoke(open, ['--cleanup']);
    expect(removed.ran.stderr).toMatch(/cleanup removed \d+ of \d+ manifests/);
    const closed = await startDockerRegistry();
    const refused = await smoke(closed, ['--cleanup']);
    expect(refused.ran.stderr).toMatch(/cleanup could not remove \d+ of \d+ manifests/);
  });

  it.each([
    ['wrong ones', ['--username', 'tester', '--password-stdin'], 'guess'],
    ['none', [], undefined],
  ])('stops before the start when it needs credentials and gets %s', async (_which, args, stdin) => {
    for (const auth of ['htpasswd', 'token'] as const) {
      const registry = await startDockerRegistry({ auth });
      const ran: CliRan = await runCli(['run', 'smoke', '--registry', registry.url, ...args], stdin === undefined ? {} : { stdin });
      expect(ran.exitCode).toBe(120);
      expect(ran.stderr).toContain('refused our credentials');
      expect(ran.stderr).not.toContain('guess');
      expect(Object.keys(ran.files)).toEqual([]);
    }
  });
});
