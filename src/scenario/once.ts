import type { Problem } from '../base/index.ts';
import { chooseDrafts } from './choose-load.ts';
import type { Layer, LayerName } from './layers.ts';
import type { OptionValues } from './option-table.ts';
import type { Draft } from './shape.ts';

/** Options of a load, which `--once` takes the place of. */
const LOAD: readonly string[] = ['vus', 'duration', 'iterations', 'stages', 'rate', 'maxVus', 'warmup'];

/**
 * The one scenario of which `--once` runs an iteration, whatever load the file has for it. A load that is given beside it is a mistake, unless it
 * stands in the environment, where it may be for other runs.
 */
export function chooseOnce(layers: Readonly<Record<LayerName, Layer>>, values: OptionValues, problems: Problem[]): readonly Draft[] {
  const { flags, environment } = layers;
  const beside = Object.entries(flags.where).flatMap(([name, where]) => (LOAD.includes(name) ? where : []));
  if (beside.length > 0) {
    problems.push({
      where: beside.join(', '),
      what: 'stands beside --once, which runs one iteration of one VU',
      fix: 'leave one of them out',
    });
  }
  const { drafts } = chooseDrafts({ ...layers, environment: withoutLoad(environment), flags: withoutLoad(flags) }, values, problems, []);
  if (drafts.length > 1) {
    const names = drafts.map((draft) => draft.name).join(', ');
    problems.push({
      where: '--once',
      what: `the file has ${drafts.length} scenarios, and one of them is to run`,
      fix: `choose it with --scenario (${names})`,
    });
  }
  return drafts.map(onceDraft);
}

/** What the scenario runs stays, its load goes. */
function onceDraft(draft: Draft): Draft {
  const kept = Object.entries(draft.options).filter(([key]) => ['exec', 'env', 'tags'].includes(key));
  return { ...draft, options: { executor: 'per-vu-iterations', vus: 1, iterations: 1, ...Object.fromEntries(kept) }, origins: {} };
}

function withoutLoad({ values, where }: Layer): Layer {
  const others = <T extends object>(of: T) => Object.fromEntries(Object.entries(of).filter(([name]) => !LOAD.includes(name))) as T;
  return { values: others(values), where: others(where) };
}
