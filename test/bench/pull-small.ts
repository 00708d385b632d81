import { type Options, pull, type VU } from 'loadreg';

export const options: Options = { vus: 32, duration: '6s', warmup: '2s', verify: 'full' };

/** A small image by its tag, every digest checked: ping, HEAD and GET of the manifest, config, two layers. The cost of a flow. */
export default async function (vu: VU): Promise<void> {
  await vu.registry.ping();
  await pull(vu, 'bench/image:1.0');
}
