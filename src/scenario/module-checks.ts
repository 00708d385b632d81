import type { Problem } from '../base/index.ts';
import { type CustomMetric, METRICS } from '../measure/index.ts';
import type { ScenarioModule } from './types.ts';

/** Exports that k6 gives a meaning must be functions. Adds to `problems` whatever is wrong. */
export function checkModule(module: ScenarioModule, file: string, problems: Problem[]): void {
  for (const name of ['setup', 'teardown', 'handleSummary'] as const) {
    if (module[name] === undefined || typeof module[name] === 'function') continue;
    problems.push({ where: file, what: `the export '${name}' is no function`, fix: 'a function, or no such export' });
  }
}

/** A metric has one type: two of one name, or one that is built in, would lose what is added to it. */
export function checkMetrics(metrics: readonly CustomMetric[], file: string, problems: Problem[]): void {
  const types = new Map<string, string>();
  for (const { name, type } of metrics) {
    const before = types.get(name) ?? (Object.hasOwn(METRICS, name) ? 'built-in metric' : undefined);
    if (before !== undefined && before !== type) {
      problems.push({ where: file, what: `the ${type} '${name}' has the name of a ${before}`, fix: 'another name' });
    }
    types.set(name, before ?? type);
  }
}
