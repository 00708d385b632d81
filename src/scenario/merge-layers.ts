import { LAYERS, type Layer, type LayerName } from './layers.ts';
import type { OptionName, OptionValues } from './option-table.ts';

/** Options whose entries are joined by name over the layers; all others are replaced. */
export const JOINED = ['tags', 'labels', 'headers', 'env'] as const satisfies OptionName[];

/** One set of values of all layers: later layers go before earlier ones. */
export function mergeLayers(layers: Readonly<Record<LayerName, Layer>>): OptionValues {
  const all = LAYERS.map((layer) => layers[layer].values);
  const merged: Record<string, unknown> = Object.assign({}, ...all);
  for (const name of JOINED) {
    if (merged[name] !== undefined) merged[name] = Object.assign({}, ...all.map((values) => values[name]));
  }
  return merged;
}
