import type { Options, VU } from 'loadreg';

export const options: Options = { vus: 32, duration: '6s', warmup: '2s', verify: 'size' };

/** One small blob, over and over: the cost of a request. */
export default async function (vu: VU): Promise<void> {
  await vu.registry.blobs.get('bench/image', vu.env.DIGEST as string, { size: Number(vu.env.SIZE) });
}
