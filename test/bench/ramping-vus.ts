import { type Options, pull, sleep, type VU } from 'loadreg';

export const options: Options = {
  stages: [
    { duration: '30s', target: 10_000 },
    { duration: '30s', target: 10_000 },
  ],
  layerConcurrency: 1, // one connection a VU: more than 20 000 files are open on few machines
};

/** What the nodes of a large cluster do: each pulls now and then, and keeps its connection. */
export default async function (vu: VU): Promise<void> {
  await pull(vu, `bench/image@${vu.env.DIGEST}`);
  await sleep(vu, 10 + 10 * vu.random.next());
}
