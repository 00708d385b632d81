import type { OptionRow } from '../option-row.ts';

/** What is shown, written and served while a run lasts. */
export const OUTPUT_OPTIONS = {
  out: {
    kind: 'list',
    group: 'Output',
    file: 'config',
    flag: '-o, --out OUTPUT',
    repeat: true,
    env: true,
    doc: 'while the run lasts: json=FILE[.gz], csv=FILE[.gz] or prometheus[=HOST:PORT] (default 127.0.0.1:5656; repeatable)',
  },
  httpDebug: {
    kind: 'httpDebug',
    group: 'Output',
    file: 'scenario',
    flag: '--http-debug [=full]',
    env: true,
    doc: 'show every exchange on stderr; =full with the beginning of its bodies, secrets left out',
  },
  logFormat: { kind: 'logFormat', group: 'Output', file: 'config', flag: '--log-format FORMAT', env: true, doc: 'text (default) or json' },
  noColor: { kind: 'boolean', group: 'Output', file: 'config', flag: '--no-color', env: true, doc: 'no colours (also NO_COLOR)' },
  quiet: { kind: 'boolean', group: 'Output', file: 'config', flag: '-q, --quiet', env: true, doc: 'no progress while the run lasts' },
  verbose: { kind: 'boolean', group: 'Output', file: 'config', flag: '-v, --verbose', env: true, doc: 'log more' },
} as const satisfies Record<string, OptionRow>;
