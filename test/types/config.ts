/** What must and must not compile in a config file. Checked by `npm run types`, never run. */
import type { Config, Options } from 'loadreg';
import type { OptionName, OPTIONS } from '../../src/scenario/option-table.ts';

export default {
  vus: 5,
  duration: '1m',
  registry: 'https://registry.example.test',
  labels: { build: '42' },
  report: ['run.json'],
  strict: true,
} satisfies Config;

// @ts-expect-error an option that there is not
export const misspelt: Config = { vuss: 3 };

// @ts-expect-error a secret is never in a file
export const secret: Config = { password: 'x' };

// @ts-expect-error a scenario takes no option of the config file
export const scenario: Options = { strict: true };

type Table = typeof OPTIONS;
/** Options that a file may hold, as the table has them. */
type InFile<Kind extends string> = {
  [N in OptionName]: Table[N] extends { file: infer F } ? (F extends Kind ? N : never) : never;
}[OptionName];
type Same<A, B> = [A, B] extends [B, A] ? true : { missing: Exclude<B, A>; extra: Exclude<A, B> };

/** The types that scenarios see have every option of the table, and no other. */
export const options: Same<keyof Options, InFile<'scenario'>> = true;
export const config: Same<keyof Config, InFile<'scenario' | 'config'>> = true;
