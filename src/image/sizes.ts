import type { Random } from '../base/index.ts';

/** A measured distribution of layers: of what Docker Hub holds (2024), or of what IBM's registry was asked for (2017). */
export type LayerDistribution = 'hub-2024' | 'ibm-2017';

/** Layers whose number and sizes are drawn, image by image, from the seed. */
export interface DrawnContent {
  readonly distribution: LayerDistribution;
  /** Bytes that no layer exceeds; undefined for none. */
  readonly cap: number | undefined;
  /** Layers of every image; undefined: drawn too. */
  readonly count: number | undefined;
}

const MB = 1e6;

/** How sizes and numbers of layers spread. */
interface Distribution {
  /** Points (bytes, share of layers below), between which the logarithm of the size grows evenly with the share. */
  readonly points: readonly (readonly [bytes: number, share: number])[];
  /** Above the last point: Pareto's law with this exponent, cut at `max` bytes. */
  readonly tail?: { readonly alpha: number; readonly max: number };
  /** Log-normal. */
  readonly layers: { readonly median: number; readonly sigma: number };
}

/**
 * `ibm-2017`: Anwar et al., FAST'18, sizes weighted by request; numbers of layers: Zhao et al., CLUSTER'19. `hub-2024`: the manifests of
 * container-chonks, weighted by use.
 */
const DISTRIBUTIONS: Record<LayerDistribution, Distribution> = {
  'ibm-2017': {
    points: [
      [32, 0],
      [1000, 0.24],
      [10_000, 0.48],
      [100_000, 0.61],
      [MB, 0.65],
      [10 * MB, 0.8],
      [64 * 1024 * 1024, 0.9414],
    ],
    tail: { alpha: 1.72, max: 8e9 },
    layers: { median: 7, sigma: 0.69 },
  },
  'hub-2024': {
    points: [
      [32, 0],
      [199, 0.1],
      [755, 0.25],
      [649_000, 0.5],
      [26.7 * MB, 0.75],
      [111 * MB, 0.9],
      [243 * MB, 0.95],
      [1720 * MB, 0.99],
      [9000 * MB, 1],
    ],
    layers: { median: 5, sigma: 0.86 },
  },
};

/** Names of the distributions, for messages. */
export const LAYER_DISTRIBUTIONS = Object.keys(DISTRIBUTIONS) as LayerDistribution[];

/** Layers that storage drivers stack at most. */
const MOST_DRAWN = 127;

/** Draws the sizes of one image's layers, base first. Two draws of `random` a layer at most, and two for their number. */
export function drawLayers(random: Random, content: DrawnContent): number[] {
  const { layers } = DISTRIBUTIONS[content.distribution];
  const count = content.count ?? Math.min(MOST_DRAWN, Math.max(1, Math.round(layers.median * Math.exp(layers.sigma * normal(random)))));
  return Array.from({ length: count }, () => Math.min(content.cap ?? Infinity, drawSize(random, content.distribution)));
}

/** Draws the size of one layer in bytes. */
export function drawSize(random: Random, distribution: LayerDistribution): number {
  return grained(quantile(distribution, random.next()));
}

/** The size that the share `u`, 0 to 1, of layers does not exceed. */
function quantile(distribution: LayerDistribution, u: number): number {
  const { points, tail } = DISTRIBUTIONS[distribution];
  let below = points[0] as readonly [number, number];
  for (const point of points) {
    if (u < point[1]) {
      const along = (u - below[1]) / (point[1] - below[1]);
      return below[0] * (point[0] / below[0]) ** along;
    }
    below = point;
  }
  if (tail === undefined) return below[0];
  return Math.min(tail.max, below[0] * ((1 - below[1]) / (1 - u)) ** (1 / tail.alpha));
}

/** Seven significant bits, less than 1 % off: fresh layers of one size are hashed once, so there should not be a million sizes. */
function grained(bytes: number): number {
  const grain = 2 ** Math.max(0, Math.floor(Math.log2(bytes)) - 6);
  return Math.round(bytes / grain) * grain;
}

/** Standard normal, by Box and Muller. */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}
