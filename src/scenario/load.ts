import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { extname } from 'node:path';

import { LoadregError } from '../base/index.ts';
import { CUSTOM_METRICS } from '../flow/index.ts';
import type { CustomMetric } from '../measure/index.ts';
import { bundleScenario } from './bundle.ts';
import { findScenario } from './find.ts';
import { displayPath, type FrameFinder, type StackFinder } from './frames.ts';
import { importBundle } from './import-bundle.ts';
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
  /** The same with what called it: all frames in the user's own files, the innermost first. */
  readonly userStack: StackFinder;
}

/**
 * Loads the scenario that a user named (see {@link findScenario}): TypeScript or JavaScript, from anywhere, one bundle made
 * by esbuild. Turns on source maps for the process, so that every stack trace shows the user's lines.
 * Throws a LoadregError: exit 104 when there is no such file or it is no ES module, 107 when it cannot be compiled or throws.
 */
export async function loadScenario(given: string, cwd: string = process.cwd()): Promise<LoadedScenario> {
  const path = findScenario(given, cwd);
  if (/\.c[jt]s$/.test(path)) {
    throw new LoadregError(`${displayPath(path)}: a scenario is an ES module, and ${extname(path)} says CommonJS`, {
      exit: 'invalidConfig',
      hint: 'write export in place of module.exports, and name it .ts, .js or .mjs',
    });
  }
  const bundle = await bundleScenario(path);
  const customMetrics: CustomMetric[] = [];
  // By the channel, not by a list of `flow`'s: with sources that run uncompiled there are two copies of it.
  const onMetric = (metric: unknown) => customMetrics.push(metric as CustomMetric);
  subscribe(CUSTOM_METRICS, onMetric);
  try {
    const { module, userFrame, userStack } = await importBundle(bundle, path, 'the scenario');
    return { module, path, text: bundle.text, warnings: bundle.warnings, customMetrics, userFrame, userStack };
  } finally {
    unsubscribe(CUSTOM_METRICS, onMetric);
  }
}
