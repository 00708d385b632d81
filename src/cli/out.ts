import type { Logger, Problem } from '../base/index.ts';
import { openOutputs, outputProblems, type Outputs } from '../output/index.ts';
import { INTERVAL_MS } from '../run/index.ts';
import { type Consolidated, envName, KINDS } from '../scenario/index.ts';

/** Where options come from that are looked at before they are consolidated: whether a port is free is known only a moment later. */
export interface OutSources {
  readonly flags: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly config: { readonly path: string; readonly value: unknown } | undefined;
}

/** What is wrong with `--out`, `LOADREG_OUT` or the config file's `out`, whichever counts. */
export async function checkOut(sources: OutSources): Promise<Problem[]> {
  const { where, list } = given('out', sources);
  return outputProblems(list, { where, files: given('report', sources).list });
}

/** A list of the layer that counts. One that is no list is told where every option is parsed. */
function given(name: 'out' | 'report', { flags, env, config }: OutSources): { where: string; list: readonly string[] } {
  const variable = env[envName(name)] || undefined;
  const layers = [
    { where: `--${name}`, value: flags[name] },
    { where: envName(name), value: variable },
    { where: `${config?.path ?? ''}: ${name}`, value: KINDS.object.parse(config?.value)?.[name] },
  ];
  const { where = '', value } = layers.find((layer) => layer.value !== undefined) ?? {};
  return { where, list: KINDS.list.parse(value) ?? [] };
}

/** Opens the outputs of a run. Throws InvalidConfigError when one cannot be opened after all. */
export function openOut({ plan, values }: Consolidated, log: Logger): Promise<Outputs> {
  const { thresholds, warmupMs } = plan;
  return openOutputs(values.out ?? [], { log, thresholds, warmupIntervals: Math.ceil(warmupMs / INTERVAL_MS) });
}
