import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import type { RunRecord } from '../../src/record/index.ts';
import { startDockerRegistry } from '../support/docker-registry.ts';
import { writeLayout } from '../support/layout.ts';
import { describeWith } from '../support/real-parts.ts';
import { runCli } from '../support/run-cli.ts';
import { skopeoCopy } from '../support/skopeo.ts';
import { tmpFolder } from '../support/tmp.ts';

interface Seeded {
  repository: string;
  tag: string;
  digest: string;
  layers: { digest: string }[];
}

describeWith(['docker-registry', 'skopeo'], 'loadreg and skopeo', () => {
  it.each(['oci', 'docker'])('agree on the digests of a %s image that loadreg pushed', async (format) => {
    const registry = await startDockerRegistry();
    const source = `import { images, type VU } from 'loadreg';
      import { writeFileSync } from 'node:fs';
      export const setup = async (vu: VU) => writeFileSync('seeded.json',
        JSON.stringify(await images.seed(vu, { layers: ['512B', '64KiB', '2MiB'], base: { size: '1MiB', count: 1 }, format: '${format}' })));
      export default () => {};`;
    const ran = await runCli(['run', 'seed.ts', '--registry', registry.url, '--report', 'run.json'], { files: { 'seed.ts': source } });
    expect(ran.exitCode, ran.stderr).toBe(0);
    const [image] = JSON.parse(ran.files['seeded.json'] as string) as Seeded[];
    const copy = tmpFolder();
    await skopeoCopy(`docker://${registry.host}/${image?.repository}:${image?.tag}`, `dir:${copy}`);
    const manifest = readFileSync(path.join(copy, 'manifest.json'), 'utf8');
    const layers = (JSON.parse(manifest) as { layers: { digest: string }[] }).layers.map(({ digest }) => digest);
    expect(layers).toEqual(image?.layers.map(({ digest }) => digest));
    expect(`sha256:${createHash('sha256').update(manifest).digest('hex')}`).toBe(image?.digest);
  });

  it('agree on an image that skopeo pushed and loadreg pulls', async () => {
    const registry = await startDockerRegistry();
    const layout = writeLayout('1.0', [Buffer.alloc(100_000, 1), Buffer.alloc(10, 2)]);
    await skopeoCopy(`oci:${layout.folder}:1.0`, `docker://${registry.host}/team/app:1.0`);
    const source = `import { check, images, pull, type VU } from 'loadreg';
      export const options = { vus: 2, iterations: 6, thresholds: { checks: ['rate==1'] } };
      export const setup = (vu: VU) => images.fromCatalog(vu);
      export default async (vu: VU, refs: Awaited<ReturnType<typeof setup>>) => {
        const pulled = await pull(vu, vu.random.pick(refs));
        check(vu, pulled, { 'arrived whole': (p) => p.ok && p.layers.length > 0 });
      };`;
    const ran = await runCli(['run', 'pull.ts', '--registry', registry.url, '--report', 'run.json'], { files: { 'pull.ts': source } });
    expect(ran.exitCode, ran.stderr + ran.stdout).toBe(0);
    const record = JSON.parse(ran.files['run.json'] as string) as RunRecord;
    expect(record.iterations).toMatchObject({ complete: 6, failed: 0 });
    expect(record.errors).toEqual([]);
  });
});
