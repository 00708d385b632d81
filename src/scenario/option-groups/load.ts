import type { OptionRow } from '../option-row.ts';

/** How much load, and of what. */
export const LOAD_OPTIONS = {
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
  stages: {
    kind: 'stages',
    group: 'Load',
    file: 'scenario',
    flag: '-s, --stage TIME:N',
    repeat: true,
    env: true,
    doc: 'ramp to N VUs, or to N iterations of an arrival rate, in this time, as 30s:10 (repeatable)',
  },
  rate: {
    kind: 'count',
    group: 'Load',
    flag: '--rate N',
    env: true,
    doc: 'start N iterations a second, whether or not earlier ones ended',
  },
  maxVus: {
    kind: 'count',
    group: 'Load',
    flag: '--max-vus N',
    env: true,
    doc: 'with a rate: the most VUs (default: the larger of 1000 and 10 x --vus)',
  },
  warmup: {
    kind: 'duration',
    group: 'Load',
    file: 'scenario',
    flag: '--warmup TIME',
    env: true,
    doc: 'run this long before the duration; left out of every total',
  },
  minIterationDuration: {
    kind: 'duration',
    group: 'Load',
    file: 'scenario',
    flag: '--min-iteration-duration TIME',
    env: true,
    doc: 'a shorter iteration is followed by a pause, which is no part of it',
  },
  once: {
    kind: 'boolean',
    group: 'Load',
    flag: '--once',
    env: true,
    doc: 'one iteration of one VU, every exchange shown; no thresholds, no report files',
  },
  scenario: { kind: 'list', group: 'Load', flag: '--scenario NAMES', env: true, doc: 'run only these scenarios of the file, as a,b' },
  scenarios: { kind: 'object', group: 'Load', file: 'scenario', doc: 'scenarios by name' },
} as const satisfies Record<string, OptionRow>;
