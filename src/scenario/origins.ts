import { LAYERS, type Layer, type LayerName } from './layers.ts';
import { JOINED } from './merge-layers.ts';
import type { OptionName } from './option-table.ts';
import type { Draft } from './shape.ts';

/**
 * Where each option that was given comes from, in words: `flag --seed`, `environment LOADREG_SEED`, `scenario`, `config file FILE`. By the
 * option's name; those of scenarios as `scenarios.NAME.OPTION`. Options with their default are not in it.
 */
export function originsOf(
  layers: Readonly<Record<LayerName, Layer>>,
  drafts: readonly Draft[],
  configPath: string | undefined,
): Readonly<Record<string, string>> {
  const wordsOf = new Map<string, string>(); // by the place that messages name
  const origins: Record<string, string> = {};
  for (const layer of LAYERS) {
    for (const [name, place] of Object.entries(layers[layer].where)) {
      const words = {
        config: `config file ${configPath}`,
        scenario: 'scenario',
        environment: `environment ${place}`,
        flags: `flag ${place}`,
      }[layer];
      wordsOf.set(place, words);
      const isJoined = (JOINED as readonly OptionName[]).includes(name as OptionName);
      origins[name] = isJoined && origins[name] !== undefined ? `${origins[name]}, ${words}` : words;
    }
  }
  for (const draft of drafts) {
    const file = draft.where.startsWith('options') ? 'scenario' : `config file ${configPath}`;
    const given = Object.entries(draft.origins).filter(([key]) => key in draft.options);
    const shortcuts = draft.where === 'options' ? (given.find(([key]) => key !== 'vus') ?? given[0])?.[1] : undefined;
    for (const key of Object.keys(draft.options)) {
      // What shortcuts imply (the executor) comes from where they stand.
      const place = draft.origins[key] ?? shortcuts;
      const words = place === undefined ? (draft.where === 'options' ? undefined : file) : wordsOf.get(place);
      if (words !== undefined) origins[`scenarios.${draft.name}.${key}`] = words;
    }
  }
  return origins;
}
