/**
 * Every exit code of `loadreg`, once. Numbers up to 110 are k6's; `loadreg help exit-codes` prints this list.
 * Errors name their code by its key, so that no number stands anywhere else.
 */
export const EXIT_CODES = {
  ok: { code: 0, meaning: 'all went well' },
  thresholds: { code: 99, meaning: 'at least one threshold failed' },
  setupTimeout: { code: 100, meaning: 'setup() took longer than setupTimeout' },
  teardownTimeout: { code: 101, meaning: 'teardown() took longer than teardownTimeout' },
  invalidConfig: { code: 104, meaning: 'a flag, an option or a file is not valid; nothing was run' },
  interrupted: { code: 105, meaning: 'the run was interrupted by a signal' },
  scriptException: { code: 107, meaning: 'the scenario could not be loaded, or threw in setup() or teardown()' },
  testAbort: { code: 108, meaning: 'the scenario called test.abort(), or a limit such as --max-write ended the run' },
  testFail: { code: 110, meaning: 'the scenario called test.fail()' },
  registryUnreachable: { code: 120, meaning: 'the registry could not be reached, or refused our credentials, before the start' },
  reportNotWritten: { code: 121, meaning: 'a report or an output could not be written' },
  agentLost: { code: 122, meaning: 'a load generator was lost during the run' },
  generatorSuspect: { code: 123, meaning: 'the load generator was itself the bottleneck, and --strict was given' },
  transferFailed: { code: 124, meaning: 'loadreg pull or loadreg push failed' },
  noIterationSucceeded: { code: 125, meaning: 'no iteration succeeded' },
  defect: { code: 255, meaning: 'a defect of loadreg: please report it' },
} as const satisfies Record<string, { code: number; meaning: string }>;

/** The key of an exit code, as errors carry it. */
export type ExitName = keyof typeof EXIT_CODES;
