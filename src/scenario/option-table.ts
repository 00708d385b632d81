import { CLIENT_NAMES, UPLOAD_MODES } from '../flow/index.ts';
import type { KindName, KindValues } from './kinds.ts';

/** Headings of the help, in order. */
export const OPTION_GROUPS = ['Load', 'Registry', 'Images', 'Run', 'Report', 'Output'] as const;

/** One option: everything that the flags, the environment, files, validation and the help need to know of it. */
export interface OptionRow {
  readonly kind: KindName;
  readonly group: (typeof OPTION_GROUPS)[number];
  /** For the help, with the default. */
  readonly doc: string;
  /** Files that may hold it: a scenario's `options` and the config file, the config file only, or none. */
  readonly file?: 'scenario' | 'config';
  /** `-d, --duration TIME`: short name if any, name, and a placeholder for the value unless it is a switch. See {@link flagOf}. */
  readonly flag?: string;
  /** The flag may be given several times. */
  readonly repeat?: true;
  /** May be set in the environment, as {@link envName} says. */
  readonly env?: true;
  /** Never shown, not even when it is wrong. */
  readonly secret?: true;
}

/**
 * Every option of `loadreg run`, once. Names, flags and meanings are k6's where k6 has them.
 * Secrets are never flags: everyone on a machine can read its command lines.
 */
export const OPTIONS = {
  vus: { kind: 'count', group: 'Load', file: 'scenario', flag: '-u, --vus N', env: true, doc: 'virtual users (default 1)' },
  duration: { kind: 'duration', group: 'Load', file: 'scenario', flag: '-d, --duration TIME', env: true, doc: 'how long, as 30s or 1h30m' },
  iterations: {
    kind: 'count',
    group: 'Load',
    file: 'scenario',
    flag: '-i, --iterations N',
    env: true,
    doc: 'iterations, shared among the VUs',
  },
  warmup: {
    kind: 'duration',
    group: 'Load',
    file: 'scenario',
    flag: '--warmup TIME',
    env: true,
    doc: 'run this long before the duration; left out of every total',
  },
  scenario: { kind: 'list', group: 'Load', flag: '--scenario NAMES', env: true, doc: 'run only these scenarios of the file, as a,b' },
  scenarios: { kind: 'object', group: 'Load', file: 'scenario', doc: 'scenarios by name' },
  thresholds: { kind: 'object', group: 'Run', file: 'scenario', doc: 'thresholds by metric' },

  registry: {
    kind: 'baseUrl',
    group: 'Registry',
    file: 'scenario',
    flag: '--registry URL',
    env: true,
    doc: 'base URL, may carry a path (default: the embedded registry)',
  },
  username: { kind: 'text', group: 'Registry', flag: '--username NAME', env: true, doc: "user (default: docker's config.json)" },
  passwordStdin: {
    kind: 'boolean',
    group: 'Registry',
    flag: '--password-stdin',
    doc: 'read the password from stdin (or set LOADREG_PASSWORD)',
  },
  password: { kind: 'text', group: 'Registry', env: true, secret: true, doc: 'password of the user' },
  caFile: { kind: 'text', group: 'Registry', file: 'config', flag: '--ca-file FILE', env: true, doc: 'PEM of the CA to trust' },
  cert: { kind: 'text', group: 'Registry', file: 'config', flag: '--cert FILE', env: true, doc: 'PEM of the client certificate' },
  key: { kind: 'text', group: 'Registry', file: 'config', flag: '--key FILE', env: true, doc: 'PEM of its key' },
  insecureSkipTlsVerify: {
    kind: 'boolean',
    group: 'Registry',
    file: 'scenario',
    flag: '--insecure-skip-tls-verify',
    env: true,
    doc: 'accept any TLS certificate',
  },
  headers: {
    kind: 'headers',
    group: 'Registry',
    file: 'scenario',
    flag: '-H, --header "NAME: VALUE"',
    repeat: true,
    env: true,
    secret: true,
    doc: 'extra header on requests to the registry (repeatable)',
  },
  userAgent: {
    kind: 'text',
    group: 'Registry',
    file: 'scenario',
    flag: '--user-agent TEXT',
    env: true,
    doc: 'User-Agent (default: that of the client; plain loadreg/<version>)',
  },
  restoreBasePath: {
    kind: 'boolean',
    group: 'Registry',
    file: 'scenario',
    flag: '--restore-base-path',
    env: true,
    doc: 'put the path of the base URL before a Location that came without it',
  },
  connections: {
    kind: 'connections',
    group: 'Registry',
    file: 'scenario',
    flag: '--connections HOW',
    env: true,
    doc: 'per-vu (default) or shared:N',
  },
  noTrialPush: {
    kind: 'boolean',
    group: 'Registry',
    flag: '--no-trial-push',
    env: true,
    doc: 'do not try an upload of two bytes before the start',
  },
  publicRegistryIsMine: {
    kind: 'boolean',
    group: 'Registry',
    flag: '--public-registry-is-mine',
    env: true,
    doc: 'load a well-known public registry all the same',
  },

  repoPrefix: {
    kind: 'repoPrefix',
    group: 'Images',
    file: 'scenario',
    flag: '--repo-prefix PATH',
    env: true,
    doc: 'goes before every repository made here (default loadreg)',
  },
  seed: {
    kind: 'integer',
    group: 'Images',
    file: 'scenario',
    flag: '--seed N',
    env: true,
    doc: 'fixes sizes, popularity and choices (default 1)',
  },
  verify: {
    kind: 'verify',
    group: 'Images',
    file: 'scenario',
    flag: '--verify POLICY',
    env: true,
    doc: 'full (default), sampled:0.1, size or off',
  },
  client: {
    kind: 'client',
    group: 'Images',
    file: 'scenario',
    flag: '--client NAME',
    env: true,
    doc: `client that pulls and pushes imitate: ${CLIENT_NAMES.join(', ')} (default plain)`,
  },
  layerConcurrency: {
    kind: 'count',
    group: 'Images',
    file: 'scenario',
    env: true,
    doc: 'layers a pull or push transfers at once (default: as many as the client; plain 3)',
  },
  pushMode: {
    kind: 'uploadMode',
    group: 'Images',
    file: 'scenario',
    flag: '--push-mode MODE',
    env: true,
    doc: `how blobs go up: ${UPLOAD_MODES.join(', ')} (default: as the client; plain monolithic)`,
  },
  chunkSize: {
    kind: 'chunkSize',
    group: 'Images',
    file: 'scenario',
    flag: '--chunk-size SIZE',
    env: true,
    doc: 'size of a chunk with --push-mode chunked (default 5MiB)',
  },
  mountFrom: {
    kind: 'repository',
    group: 'Images',
    file: 'scenario',
    flag: '--mount-from REPOSITORY',
    env: true,
    doc: 'mount from this repository what is missing, before it is uploaded',
  },
  cache: {
    kind: 'cache',
    group: 'Images',
    file: 'scenario',
    flag: '--cache HOW',
    env: true,
    doc: 'layers that a host has already when it pulls: none (default), per-vu or shared',
  },
  maxWrite: {
    kind: 'size',
    group: 'Images',
    file: 'scenario',
    flag: '--max-write SIZE',
    env: true,
    doc: 'stop when this much was uploaded (default 20GiB)',
  },
  cleanup: {
    kind: 'boolean',
    group: 'Images',
    file: 'scenario',
    flag: '--cleanup',
    env: true,
    doc: 'remove at the end what the run pushed',
  },

  env: { kind: 'pairs', group: 'Run', flag: '-e, --env NAME=VALUE', repeat: true, doc: 'vu.env.NAME for the scenario (repeatable)' },
  tags: {
    kind: 'pairs',
    group: 'Run',
    file: 'scenario',
    flag: '--tag NAME=VALUE',
    repeat: true,
    env: true,
    doc: 'tag on every series of the run (repeatable)',
  },
  noSetup: { kind: 'boolean', group: 'Run', file: 'scenario', flag: '--no-setup', env: true, doc: 'do not run setup()' },
  noTeardown: { kind: 'boolean', group: 'Run', file: 'scenario', flag: '--no-teardown', env: true, doc: 'do not run teardown()' },
  noThresholds: { kind: 'boolean', group: 'Run', flag: '--no-thresholds', env: true, doc: 'do not check thresholds' },
  setupTimeout: { kind: 'duration', group: 'Run', file: 'scenario', env: true, doc: 'most time for setup() (default 15m)' },
  teardownTimeout: { kind: 'duration', group: 'Run', file: 'scenario', env: true, doc: 'most time for teardown() (default 15m)' },
  strict: { kind: 'boolean', group: 'Run', flag: '--strict', env: true, doc: 'exit 123 when the load generator was the bottleneck' },
  config: { kind: 'text', group: 'Run', flag: '-c, --config FILE', env: true, doc: 'JSON file with options' },

  name: {
    kind: 'text',
    group: 'Report',
    file: 'scenario',
    flag: '--name TEXT',
    env: true,
    doc: 'name of the run and its files (default: the scenario file)',
  },
  labels: {
    kind: 'pairs',
    group: 'Report',
    file: 'config',
    flag: '--label NAME=VALUE',
    repeat: true,
    env: true,
    doc: 'describes the run in its report, as build=42 (repeatable)',
  },
  envLabel: {
    kind: 'text',
    group: 'Report',
    file: 'config',
    flag: '--env-label TEXT',
    env: true,
    doc: 'part of the environment id that compare insists on',
  },
  report: {
    kind: 'list',
    group: 'Report',
    flag: '--report FILE',
    repeat: true,
    env: true,
    doc: 'write this file instead of the default ones, format by its extension: .json, .txt (repeatable)',
  },
  reportsDir: {
    kind: 'text',
    group: 'Report',
    file: 'config',
    flag: '--reports-dir DIR',
    env: true,
    doc: 'folder of the default files (default reports)',
  },
  summaryMode: { kind: 'summaryMode', group: 'Report', flag: '--summary-mode MODE', env: true, doc: 'compact (default), full or disabled' },
  summaryTrendStats: {
    kind: 'trendStats',
    group: 'Report',
    file: 'scenario',
    flag: '--summary-trend-stats LIST',
    env: true,
    doc: 'statistics of trends, as avg,p(95),p(99.9)',
  },

  logFormat: { kind: 'logFormat', group: 'Output', flag: '--log-format FORMAT', env: true, doc: 'text (default) or json' },
  noColor: { kind: 'boolean', group: 'Output', flag: '--no-color', env: true, doc: 'no colours (also NO_COLOR)' },
  quiet: { kind: 'boolean', group: 'Output', flag: '-q, --quiet', env: true, doc: 'no progress while the run lasts' },
  verbose: { kind: 'boolean', group: 'Output', flag: '-v, --verbose', env: true, doc: 'log more' },
} as const satisfies Record<string, OptionRow>;

/** A flag taken apart. */
export interface Flag {
  readonly name: string;
  readonly short: string | undefined;
  /** Placeholder of its value; undefined for a switch. */
  readonly value: string | undefined;
}

/** The flag of an option, or undefined when it has none. */
export function flagOf(row: OptionRow): Flag | undefined {
  const match = row.flag === undefined ? null : /^(?:-(\w), )?--([\w-]+)(?: (.+))?$/.exec(row.flag);
  return match === null ? undefined : { name: match[2] as string, short: match[1], value: match[3] };
}

/** Environment variable of an option: `LOADREG_` and its name in upper snake case. */
export function envName(option: OptionName): string {
  return `LOADREG_${option.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

/** Name of an option: in files, and in messages. */
export type OptionName = keyof typeof OPTIONS;

/** Parsed values, by option. */
export type OptionValues = { readonly [N in OptionName]?: KindValues[(typeof OPTIONS)[N]['kind']] };

/** All rows with their names, in the order of the table. */
export const OPTION_ROWS = Object.entries(OPTIONS) as readonly (readonly [OptionName, OptionRow])[];
