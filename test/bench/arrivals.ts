import { type Options, pull, type VU } from 'loadreg';

export const options: Options = {
  scenarios: { flows: { executor: 'constant-arrival-rate', rate: 2000, duration: '20s', preAllocatedVUs: 100 } },
  warmup: '5s',
};

/** A small flow, 2 000 times a second: the manifest of an image (HEAD and GET), or all of it. */
export default async function (vu: VU): Promise<void> {
  await pull(vu, `bench/image@${vu.env.DIGEST}`, { only: vu.env.FLOW === 'pull' ? 'all' : 'manifest' });
}
