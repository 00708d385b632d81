import { type Options, pull, type VU } from 'loadreg';

export const options: Options = { vus: 4, duration: '6s', warmup: '2s' };

/** One image with layers of 10 MiB, by digest: the cost of a byte. */
export default async function (vu: VU): Promise<void> {
  await pull(vu, `bench/image@${vu.env.DIGEST}`);
}
