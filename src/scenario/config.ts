import type { Options } from './types.ts';

/**
 * What a config file holds: JSON, or the default export of `loadreg.config.ts`. All that a scenario may say in its `options`, and
 * what a project wants on every run. A scenario's own options go before it, the environment and the flags before both.
 *
 * @example
 * import type { Config } from 'loadreg';
 * export default { registry: 'https://registry.example.test', labels: { team: 'storage' } } satisfies Config;
 */
export interface Config extends Options {
  /** User of the registry. Its password is never in a file: `LOADREG_PASSWORD`, `--password-stdin`, or docker's `config.json`. */
  username?: string;
  /** PEM of the CA to trust. Paths start at the current folder. */
  caFile?: string;
  /** PEM of the client certificate. */
  cert?: string;
  /** PEM of its key. */
  key?: string;
  /** Do not try an upload of two bytes before the start. Default false. */
  noTrialPush?: boolean;
  /** Load a well-known public registry all the same. Default false. */
  publicRegistryIsMine?: boolean;
  /** `vu.env.NAME` for every scenario; `-e` goes before it. */
  env?: Record<string, string>;
  /** Do not check thresholds. Default false. */
  noThresholds?: boolean;
  /** Exit 123 when the load generator was the bottleneck. Default false. */
  strict?: boolean;
  /** Describe the run in its report. */
  labels?: Record<string, string>;
  /** Part of the environment id that `compare` insists on. */
  envLabel?: string;
  /** Files to write instead of the default ones, format by extension. */
  report?: readonly string[];
  /** Folder of the default files. Default `'reports'`. */
  reportsDir?: string;
  /** Also write the end-of-run figures in k6's shape, as JSON. */
  summaryExport?: string;
  /** Keep no journal while running. Default false. */
  noJournal?: boolean;
  /** Default `'compact'`. */
  summaryMode?: 'compact' | 'full' | 'disabled';
  /** Outputs while the run lasts: `json=FILE`, `csv=FILE`, `prometheus`. */
  out?: readonly string[];
  /** Default `'text'`. */
  logFormat?: 'text' | 'json';
  noColor?: boolean;
  quiet?: boolean;
  verbose?: boolean;
}
