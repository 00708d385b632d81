/**
 * One VU pulls one small image, ten times.
 *
 *   loadreg run FILE --registry http://localhost:5000
 */
import { images, type Options, pull, type VU } from 'loadreg';

export const options: Options = {
  vus: 1,
  iterations: 10,
};

/** Runs once, before the load: pushes what is to be pulled, unless the registry has it already. */
export async function setup(vu: VU) {
  return { refs: await images.seed(vu, { count: 1, layers: ['64KiB', '1MiB'] }) };
}

/** One iteration. */
export default async function (vu: VU, data: Awaited<ReturnType<typeof setup>>) {
  await pull(vu, vu.random.pick(data.refs));
}
