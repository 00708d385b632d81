import { setFlagsFromString } from 'node:v8';

/** VUs from which on their garbage is what decides how much memory a run takes. */
const MANY_VUS = 5_000;

/**
 * Has V8 look for garbage sooner when there are many VUs. Left alone it lets a heap of 250 MiB grow to twice that; what VUs drop between two
 * collections lives long enough to be among the old, where it is not looked for otherwise. Costs a few percent of a core.
 */
export function keepHeapSmall(maxVus: number): void {
  if (maxVus >= MANY_VUS) setFlagsFromString('--heap-growing-percent=15');
}
