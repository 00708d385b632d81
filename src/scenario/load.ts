import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { LoadregError, messageOf } from '../base/index.ts';
import { CUSTOM_METRICS } from '../flow/index.ts';
import type { CustomMetric } from '../measure/index.ts';
import { type Bundle, bundleScenario, LOADREG_URL } from './bundle.ts';
import { findScenario } from './find.ts';
import { displayPath, type FrameFinder, frameFinder } from './frames.ts';
import { didYouMean } from './nearest.ts';
import type { ScenarioModule } from './types.ts';

/** A scenario file, ready to run. */
export interface LoadedScenario {
  readonly module: ScenarioModule;
  /** Absolute path of the file. */
  readonly path: string;
  /** Equal for equal sources, wherever they lie: for the workload hash. */
  readonly text: string;
  /** Warnings of the bundler, one line each. */
  readonly warnings: readonly string[];
  /** Metrics that the file made while it was loaded. */
  readonly customMetrics: readonly CustomMetric[];
  /** Where in the user's own files an error came from, as `file:line:column`. */
  readonly userFrame: FrameFinder;
}

/**
 * Loads the scenario that a user named (see {@link findScenario}): TypeScript or JavaScript, from anywhere, one bundle made
 * by esbuild. Turns on source maps for the process, so that every stack trace shows the user's lines.
 * Throws a LoadregError: exit 104 when there is no such file, 107 when it cannot be compiled or throws.
 */
export async function loadScenario(given: string, cwd: string = process.cwd()): Promise<LoadedScenario> {
  const path = findScenario(given, cwd);
  const bundle = await bundleScenario(path);
  const folder = await mkdtemp(join(tmpdir(), 'loadreg-')).catch((error: unknown) => {
    throw new LoadregError(`no temporary folder can be made: ${messageOf(error)}`, {
      exit: 'invalidConfig',
      hint: 'set TMPDIR to a folder that can be written to',
    });
  });
  const customMetrics: CustomMetric[] = [];
  // By the channel, not by a list of `flow`'s: with sources that run uncompiled there are two copies of it.
  const onMetric = (metric: unknown) => customMetrics.push(metric as CustomMetric);
  subscribe(CUSTOM_METRICS, onMetric);
  try {
    const file = join(folder, 'scenario.mjs');
    const url = pathToFileURL(file).href;
    await writeFile(file, `${bundle.code}\n//# sourceMappingURL=data:application/json;base64,${base64(bundle.map)}\n`);
    const userFrame = frameFinder(url, bundle.map);
    process.setSourceMapsEnabled(true);
    const module = await importModule(url, path, bundle, userFrame);
    return { module, path, text: bundle.text, warnings: bundle.warnings, customMetrics, userFrame };
  } finally {
    unsubscribe(CUSTOM_METRICS, onMetric);
    // Node.js has read it, source map and all; nothing is left behind, however the process ends.
    await rm(folder, { recursive: true, force: true });
  }
}

async function importModule(url: string, path: string, bundle: Bundle, userFrame: FrameFinder): Promise<ScenarioModule> {
  try {
    return (await import(url)) as ScenarioModule;
  } catch (error) {
    const missing = await missingExport(error, path, bundle);
    if (missing !== undefined) throw missing;
    const place = userFrame(error) ?? displayPath(path);
    const name = error instanceof Error ? `${error.name}: ` : '';
    throw new LoadregError(`${place}: the scenario threw while it was loaded: ${name}${messageOf(error)}`, {
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
