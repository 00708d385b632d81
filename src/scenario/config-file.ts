import { readFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { extname, join, resolve } from 'node:path';

import { codeOf, LoadregError, messageOf, type Problem } from '../base/index.ts';
import { bundleScenario, explainJson } from './bundle.ts';
import { displayPath } from './frames.ts';
import { importBundle } from './import-bundle.ts';

/** A config file, read and not looked at yet. */
export interface ConfigFile {
  /** As messages name it. */
  readonly path: string;
  /** Its default export, or what the JSON says. */
  readonly value: unknown;
  /** Warnings of the bundler, one line each. */
  readonly warnings: readonly string[];
}

const CODE = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs'];

/** A config file of such a name in the current folder is read without being asked for. */
const CONFIG_NAMES: readonly string[] = [...CODE, '.json'].map((extension) => `loadreg.config${extension}`);

/**
 * The config file that a user named, or else the one in the folder `cwd` (`loadreg.config.ts` and the like), as vite and vitest do it: TypeScript or
 * JavaScript with a default export, or JSON. Undefined when there is none, and when it cannot be used: then `problems` says why.
 */
export async function loadConfigFile(given: string | undefined, cwd: string, problems: Problem[]): Promise<ConfigFile | undefined> {
  const found = given ?? findConfig(cwd, problems);
  if (found === undefined) return undefined;
  const path = resolve(cwd, found);
  const shown = displayPath(path);
  const extension = extname(path);
  if (![...CODE, '.json'].includes(extension)) {
    problems.push({ where: `config file ${shown}`, what: `'${extension}' is no extension of a config file`, fix: '.ts, .js or .json' });
    return undefined;
  }
  try {
    return extension === '.json' ? await readJson(path, shown, problems) : await importConfig(path, shown, problems);
  } catch (error) {
    problems.push(asProblem(error, shown));
    return undefined;
  }
}

function findConfig(cwd: string, problems: Problem[]): string | undefined {
  const found = CONFIG_NAMES.filter((name) => existsSync(join(cwd, name)));
  if (found.length > 1)
    problems.push({ where: 'config file', what: `there are ${found.join(' and ')}`, fix: 'keep one, or name it with --config' });
  return found.length > 1 ? undefined : found[0];
}

async function readJson(path: string, shown: string, problems: Problem[]): Promise<ConfigFile | undefined> {
  const text = (await readFile(path, 'utf8')).replace(/^\uFEFF/, ''); // editors on Windows write a byte order mark
  try {
    return { path: shown, value: JSON.parse(text) as unknown, warnings: [] };
  } catch (error) {
    // V8 tells the place by its offset, or not at all.
    problems.push(asProblem(new LoadregError((await explainJson(path, text)) ?? messageOf(error)), shown));
    return undefined;
  }
}

async function importConfig(path: string, shown: string, problems: Problem[]): Promise<ConfigFile | undefined> {
  await readFile(path); // its error is plainer than the bundler's
  const bundle = await bundleScenario(path);
  const { module } = await importBundle(bundle, path, 'the config file');
  const value = module['default'];
  if (value !== undefined && typeof value !== 'function') return { path: shown, value, warnings: bundle.warnings };
  const what = value === undefined ? 'no default export' : 'the default export is a function';
  problems.push({ where: `config file ${shown}`, what, fix: 'export default { … } satisfies Config, an object with options' });
  return undefined;
}

/** `file:line:column: what` taken apart; a place that nothing tells is the file. */
function asProblem(error: unknown, shown: string): Problem {
  if (codeOf(error) === 'ENOENT') return { where: `config file ${shown}`, what: 'no such file' };
  const message = messageOf(error);
  const hint = error instanceof LoadregError && error.hint !== undefined ? { fix: error.hint } : {};
  const [, where, what] = /^(\S[^\n]*?:\d+(?::\d+)?): ([^]+)$/.exec(message) ?? [];
  return where === undefined || what === undefined
    ? { where: `config file ${shown}`, what: message.replace(`${shown}: `, ''), ...hint }
    : { where, what, ...hint };
}
