import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { get } from 'node:https';
import { expect, it } from 'vitest';
import { type DockerRegistry, type DockerRegistryOptions, startDockerRegistry } from './docker-registry.ts';
import { writeLayout } from './layout.ts';
import { describeWith } from './real-parts.ts';
import { skopeoCopy, skopeoManifest } from './skopeo.ts';

const ping = (registry: DockerRegistry) => fetch(`${registry.url}/v2/`);

describeWith('docker-registry', 'docker-registry as the tests start it', () => {
  it.each<[string, DockerRegistryOptions, string | null]>([
    ['open', {}, null],
    ['redirecting', { redirect: true }, null],
    ['under a base path', { prefix: '/link/to/docker/registry/' }, null],
  ])('is %s', async (_, options, challenge) => {
    const registry = await startDockerRegistry(options);
    const answer = await ping(registry);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('www-authenticate')).toBe(challenge);
    expect(registry.url.endsWith('/')).toBe(false);
    await registry.stop();
    await expect(ping(registry)).rejects.toThrow('fetch failed');
  });
});

describeWith(['docker-registry', 'htpasswd'], 'docker-registry with htpasswd', () => {
  it('asks for Basic credentials and takes the right ones', async () => {
    const registry = await startDockerRegistry({ auth: 'htpasswd' });
    expect((await ping(registry)).headers.get('www-authenticate')).toBe('Basic realm="basic"');
    const authorization = `Basic ${Buffer.from(`${registry.username}:${registry.password}`).toString('base64')}`;
    expect((await fetch(`${registry.url}/v2/`, { headers: { authorization } })).status).toBe(200);
  });
});

describeWith(['docker-registry', 'openssl'], 'docker-registry with TLS', () => {
  it('is trusted by its own certificate', async () => {
    const registry = await startDockerRegistry({ tls: true });
    const ca = readFileSync(registry.caFile ?? '');
    const status = await new Promise((resolve, reject) => {
      get(`${registry.url}/v2/`, { ca, agent: false }, (response) => resolve(response.resume().statusCode)).once('error', reject);
    });
    expect(status).toBe(200);
  });
});

describeWith(['docker-registry', 'openssl', 'skopeo'], 'docker-registry with tokens', () => {
  it('takes an image from skopeo by the tokens of the token server', async () => {
    const registry = await startDockerRegistry({ auth: 'token', redirect: true });
    expect((await ping(registry)).headers.get('www-authenticate')).toContain(`Bearer realm="${registry.tokenServer?.realm}"`);
    const layout = writeLayout('1', [randomBytes(100_000)]);
    const image = `docker://${registry.host}/team/app:1`;
    await skopeoCopy(`oci:${layout.folder}:1`, image, { to: registry });
    await expect(skopeoManifest(image)).rejects.toThrow(/unauthorized|authentication/i);
    expect(await skopeoManifest(image, registry)).toBe(layout.manifest.toString());
    expect(registry.tokenServer?.requests.map(({ scopes }) => scopes).flat()).toContain('repository:team/app:pull,push');

    const { folder } = writeLayout('unused', []);
    await skopeoCopy(image, `oci:${folder}:back`, { from: registry });
    expect(registry.storageServer?.requests.length).toBeGreaterThan(0);
    expect(registry.storageServer?.requests.every(({ authorization }) => authorization === undefined)).toBe(true);
  });
});
