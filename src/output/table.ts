import { csv } from './csv.ts';
import { json } from './json.ts';
import type { OutputKind } from './output.ts';
import { prometheus } from './prometheus.ts';

/** Every output of `--out`, by its name. A new one is a file and a line here. */
export const OUTPUTS = { json, csv, prometheus } as const satisfies Record<string, OutputKind>;

/** Name of an output. */
export type OutputName = keyof typeof OUTPUTS;
