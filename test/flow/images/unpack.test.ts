import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { images } from '../../../src/flow/index.ts';
import { startRegistry } from '../../../src/serve/index.ts';
import { atEnd } from '../../support/at-end.ts';
import { commandPath } from '../../support/parts.ts';
import { describeWith } from '../../support/real-parts.ts';
import { runOk } from '../../support/run.ts';
import { skopeoCopy } from '../../support/skopeo.ts';
import { tmpFolder } from '../../support/tmp.ts';
import { testVu } from '../support/vu.ts';

describeWith(['skopeo', 'umoci'], 'a seeded image', () => {
  it.each(['oci', 'docker'] as const)('is one that other tools copy and unpack (%s)', async (format) => {
    const registry = await startRegistry();
    atEnd(() => registry.close());
    const { vu } = testVu(registry.url);
    const [image] = await images.seed(vu, { layers: ['512B', '1KiB', '8KiB', 100_000], base: { size: '1MiB' }, format });
    const folder = tmpFolder();
    const host = new URL(registry.url).host;
    await skopeoCopy(`docker://${host}/${image?.repository}:${image?.tag}`, `oci:${folder}/layout:app`);
    await runOk(commandPath('umoci') ?? 'umoci', ['unpack', '--rootless', '--image', `${folder}/layout:app`, `${folder}/bundle`]);
    const root = join(folder, 'bundle/rootfs/loadreg');
    const sizes = readdirSync(root).map((name) => statSync(join(root, name)).size);
    expect(sizes.toSorted((a, b) => a - b)).toEqual([0, 512, 6656, 98_304, 1_047_040]);
  });
});
