import { goDuration } from '../executor/index.ts';
import type { RunStart } from '../run/index.ts';

/** What a run is made of, and where its points go. */
export interface RunFiles {
  readonly scenario: string;
  /** The config file, if any was read. */
  readonly config: string | undefined;
  /** Descriptions of the outputs of `--out`. */
  readonly outputs: readonly string[];
}

/** k6's header: what is run against what, and a line for each scenario. `paint` colours values. */
export function renderHeader(start: RunStart, files: RunFiles, paint: (text: string) => string): string {
  const count = start.scenarios.length === 1 ? '1 scenario' : `${start.scenarios.length} scenarios`;
  const head: readonly (readonly [string, string])[] = [
    ['execution', 'local'],
    ['scenario', files.scenario],
    ...(files.config === undefined ? [] : [['config', files.config] as const]),
    ['registry', start.embedded ? `${start.target} (the embedded registry)` : start.target],
    ['output', files.outputs.length === 0 ? '-' : files.outputs.join(', ')],
  ];
  const lines = head.map(([name, value]) => `${name.padStart(11)}: ${paint(value)}`);
  const total = `${count}, ${start.maxVus} max VUs, ${goDuration(start.maxDurationMs)} max duration (incl. graceful stop):`;
  const bullets = start.scenarios.map(({ name, executor, startTimeMs }) => {
    const late = startTimeMs > 0 ? ` (startTime: ${goDuration(startTimeMs)})` : '';
    return `             * ${name}: ${paint(executor.description + late)}`;
  });
  return `\n${lines.join('\n')}\n\n${'scenarios'.padStart(11)}: ${paint(total)}\n${bullets.join('\n')}\n\n`;
}
