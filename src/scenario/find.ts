import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { LoadregError } from '../base/index.ts';
import { didYouMean } from './nearest.ts';

const EXTENSIONS = ['.ts', '.mts', '.js', '.mjs'];

/** Folder of the ready scenarios that come with loadreg; found from the sources and from an installed package alike. */
const READY_FOLDER = fileURLToPath(new URL('../../scenarios/', import.meta.url));

/**
 * The absolute path of the scenario file that a user named: a path, with or without its extension, or the name of a
 * scenario (`smoke`, `executors/ramping-vus`) in `scenarios/` of the current folder or of loadreg itself, in this order.
 * Throws a LoadregError (exit 104) that says where it looked.
 */
export function findScenario(given: string, cwd: string = process.cwd()): string {
  const candidates = candidatesFor(given, cwd);
  for (const candidate of candidates) {
    // The real path, because that is what stack frames and source maps speak of.
    if (existsSync(candidate) && statSync(candidate).isFile()) return realpathSync(candidate);
  }
  const tried = candidates.map((path) => `  ${path}`).join('\n');
  const folder = existsSync(resolve(cwd, given)) ? ' (it is a folder)' : '';
  throw new LoadregError(`no scenario file '${given}'${folder}; looked for\n${tried}`, { exit: 'invalidConfig', hint: hintFor(given) });
}

/** Names of the ready scenarios, for help texts. */
export function readyScenarios(): string[] {
  if (!existsSync(READY_FOLDER)) return [];
  return readdirSync(READY_FOLDER)
    .filter((file) => file.endsWith('.ts'))
    .map((file) => basename(file, '.ts'))
    .sort();
}

function candidatesFor(given: string, cwd: string): string[] {
  const withExtensions = (path: string) =>
    EXTENSIONS.includes(extname(path)) ? [path] : [path, ...EXTENSIONS.map((extension) => path + extension)];
  const paths = withExtensions(resolve(cwd, given));
  if (!/^(?:[/\\.]|\w:)/.test(given)) {
    const file = EXTENSIONS.includes(extname(given)) ? given : `${given}.ts`;
    paths.push(join(cwd, 'scenarios', file), join(READY_FOLDER, file));
  }
  return [...new Set(paths)];
}

function hintFor(given: string): string {
  const ready = readyScenarios();
  const near = didYouMean(basename(given).replace(/\.[cm]?[jt]s$/, ''), ready);
  const list = ready.length > 0 ? `ready scenarios: ${ready.join(', ')}` : 'give the path of a scenario file';
  return near === undefined ? list : `${near} ${list}`;
}
