import type { RunPlan } from '../plan/index.ts';
import { readRecord } from '../record/index.ts';
import { type Baseline, needsBaseline, resolveBaseline } from '../run/index.ts';
import { displayPath, type LoadedScenario } from '../scenario/index.ts';

/**
 * What the plan's thresholds ask of its baseline; undefined when they ask for nothing. The record itself is not kept.
 * Throws LoadregError when there is no such record, InvalidConfigError when it lacks a series that a threshold needs.
 */
export async function readBaseline(plan: RunPlan, loaded: LoadedScenario): Promise<Baseline | undefined> {
  const { baseline: path } = plan;
  if (path === undefined || !needsBaseline(plan, loaded.customMetrics)) return undefined;
  const record = await readRecord(path);
  return resolveBaseline(record, { plan, custom: loaded.customMetrics, workloadText: loaded.text, file: displayPath(path) });
}
