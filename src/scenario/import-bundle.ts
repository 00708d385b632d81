import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { LoadregError, messageOf } from '../base/index.ts';
import { type Bundle, LOADREG_URL } from './bundle.ts';
import { displayPath, type FrameFinder, type StackFinder, stackFinder } from './frames.ts';
import { didYouMean } from './nearest.ts';

/** A bundle that was imported. */
export interface ImportedBundle {
  readonly module: Readonly<Record<string, unknown>>;
  /** Where in the user's own files an error came from. */
  readonly userFrame: FrameFinder;
  /** The same with what called it. */
  readonly userStack: StackFinder;
}

/**
 * Imports the bundle made of the file at `path`; `what` names it in messages. Turns on source maps for the process.
 * Throws a LoadregError: exit 104 when no temporary file can be made, 107 when the code throws or imports what `loadreg` has not.
 */
export async function importBundle(bundle: Bundle, path: string, what: string): Promise<ImportedBundle> {
  const folder = await mkdtemp(join(tmpdir(), 'loadreg-')).catch((error: unknown) => {
    throw new LoadregError(`no temporary folder can be made: ${messageOf(error)}`, {
      exit: 'invalidConfig',
      hint: 'set TMPDIR to a folder that can be written to',
    });
  });
  try {
    const file = join(folder, 'scenario.mjs');
    const url = pathToFileURL(file).href;
    await writeFile(file, `${bundle.code}\n//# sourceMappingURL=data:application/json;base64,${base64(bundle.map)}\n`);
    const userStack = stackFinder(url, bundle.map);
    const userFrame: FrameFinder = (error) => userStack(error)[0];
    process.setSourceMapsEnabled(true);
    return { module: await importModule(url, path, bundle, what, userFrame), userFrame, userStack };
  } finally {
    // Node.js has read it, source map and all; nothing is left behind, however the process ends.
    await rm(folder, { recursive: true, force: true });
  }
}

async function importModule(
  url: string,
  path: string,
  bundle: Bundle,
  what: string,
  userFrame: FrameFinder,
): Promise<ImportedBundle['module']> {
  try {
    return (await import(url)) as ImportedBundle['module'];
  } catch (error) {
    const missing = await missingExport(error, path, bundle);
    if (missing !== undefined) throw missing;
    const place = userFrame(error) ?? displayPath(path);
    const name = error instanceof Error ? `${error.name}: ` : '';
    throw new LoadregError(`${place}: ${what} threw while it was loaded: ${name}${messageOf(error)}`, {
      exit: 'scriptException',
      cause: error,
    });
  }
}

/** `import { pul } from 'loadreg'` fails without a stack frame: the line that names it is looked up. */
async function missingExport(error: unknown, path: string, { map }: Bundle): Promise<LoadregError | undefined> {
  const name = error instanceof SyntaxError ? /does not provide an export named '(.+?)'/.exec(error.message)?.[1] : undefined;
  if (name === undefined) return undefined;
  const exported = Object.keys((await import(LOADREG_URL)) as object);
  const hint =
    didYouMean(name, exported) ?? `loadreg exports ${exported.sort().join(', ')} (types need \`import type\` or \`type\` before the name)`;
  return new LoadregError(`${lineThatNames(name, map) ?? displayPath(path)}: 'loadreg' has no export named '${name}'`, {
    exit: 'scriptException',
    hint,
  });
}

function lineThatNames(name: string, map: Bundle['map']): string | undefined {
  const word = new RegExp(`\\b${name.replaceAll(/[^\w$]/g, '')}\\b`);
  for (const [index, source] of map.sources.entries()) {
    const content = map.sourcesContent[index] ?? '';
    if (!/from\s*['"]loadreg['"]/.test(content)) continue;
    const line = content.split('\n').findIndex((text) => word.test(text));
    if (line >= 0) return `${displayPath(new URL(source).pathname)}:${line + 1}`;
  }
  return undefined;
}

function base64(map: Bundle['map']): string {
  return Buffer.from(JSON.stringify(map)).toString('base64');
}
