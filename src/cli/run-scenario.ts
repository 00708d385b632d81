import { type ExitName, LoadregError, type Logger, printable } from '../base/index.ts';
import { proxySettings } from '../http/index.ts';
import { reporters } from '../report/index.ts';
import { type RunOutcome, runLoad } from '../run/index.ts';
import { displayPath } from '../scenario/index.ts';
import { readAccess, readTls } from './access.ts';
import { colorsFor, wantsColors } from './colors.ts';
import { handleSummary } from './handle-summary.ts';
import { renderHeader } from './header.ts';
import { catchInterrupts } from './interrupt.ts';
import { startLive } from './live.ts';
import { reportError } from './errors.ts';
import { createLogger } from './log.ts';
import { type Planned, planRun } from './plan.ts';
import { reportFiles, writeReports } from './reports.ts';
import { Screen } from './screen.ts';
import { redact } from './secrets.ts';
import { catchStrayErrors } from './strays.ts';
import { version } from './version.ts';

/** Runs a scenario from its name to its reports. The summary goes to stdout, everything else to stderr. */
export async function runScenario(scenario: string, flags: Readonly<Record<string, unknown>>): Promise<ExitName> {
  const screen = new Screen(process.stderr);
  const interrupt = catchInterrupts();
  try {
    const planned = await planRun(scenario, flags, process.env);
    return await runPlanned(planned, screen, interrupt.signal);
  } finally {
    interrupt.release();
  }
}

async function runPlanned(planned: Planned, screen: Screen, signal: AbortSignal): Promise<ExitName> {
  const { plan, values, loaded } = planned;
  const access = await readAccess(plan.target, values, process.env, process.stdin);
  const tls = await readTls(plan.target);
  if (signal.aborted) throw new LoadregError('interrupted before the start', { exit: 'interrupted' });

  const colored = wantsColors(process.stderr, values.noColor ?? false, process.env);
  const colors = colorsFor(colored);
  const format = values.logFormat ?? 'text';
  const log = createLogger({
    format,
    verbose: values.verbose ?? false,
    colors: colored,
    write: (line) => screen.print(line),
  });
  const tell = (text: string) => (format === 'text' ? screen.print(redact(text)) : log.info(redact(text.trim())));
  signal.addEventListener('abort', () =>
    tell('\ninterrupted: running iterations are cut off, teardown runs, the report is written; again to leave at once\n'),
  );
  if (plan.target.registry === undefined) tell('no --registry was given: starting the embedded registry, in a process of its own\n');
  for (const note of [...planned.notes, ...loaded.warnings]) log.warn(note);
  log.debug(`credentials: ${access.source}`);

  const quiet = values.quiet ?? false;
  const jsonLog = format === 'json' ? log : undefined;
  const live = startLive({ screen, colors, quiet, jsonLog, signal, now: () => performance.now() });
  const defects: unknown[] = [];
  const defect = new AbortController();
  const forget = catchStrayErrors(log, loaded.userFrame, (error) => {
    defects.push(error);
    defect.abort();
  });
  let outcome: RunOutcome;
  try {
    outcome = await runLoad(plan, loaded, {
      log,
      credentials: access.credentials,
      proxy: proxySettings(process.env),
      tls,
      version: version(),
      signal: AbortSignal.any([signal, defect.signal]),
      onPreflight: (lines) => tell(printable(`\n${lines.map((line) => `  ${line}`).join('\n')}\n`)),
      onStart(start) {
        live.onStart(start);
        tell(renderHeader(start, displayPath(plan.scenarioPath), colors.value));
      },
      onStage: live.onStage,
      onInterval: live.onInterval,
    });
  } finally {
    live.stop();
  }
  const exit = await finish(planned, outcome, log, tell);
  forget();
  for (const error of defects) reportError(error);
  return defects.length > 0 ? 'defect' : exit;
}

/** Shows and writes what the run left. A report that cannot be written goes to stdout instead, and the exit code says so. */
async function finish({ values, loaded }: Planned, outcome: RunOutcome, log: Logger, tell: (text: string) => void): Promise<ExitName> {
  const { record } = outcome;
  // Files first: whoever reads stdout may close it.
  const { written, failed } = await writeReports(record, reportFiles(record, values.report, values.reportsDir ?? 'reports'));
  const own = await handleSummary(loaded, record, log);
  process.stdout.write(own?.stdout ?? summaryText(outcome, values));
  process.stderr.write(own?.stderr ?? '');
  if (written.length > 0) tell(`report: ${written.join(', ')}\n`);
  for (const message of outcome.messages) tell(printable(`${message}\n`));
  const lost = [...failed, ...(own?.failed ?? [])];
  for (const { error, body } of lost) {
    tell(`error: ${error.message}; it follows on stdout instead\n${error.hint === undefined ? '' : `hint: ${error.hint}\n`}`);
    process.stdout.write(body);
  }
  return lost.length > 0 ? 'reportNotWritten' : outcome.exit;
}

function summaryText({ record }: RunOutcome, values: Planned['values']): string {
  const paint = colorsFor(wantsColors(process.stdout, values.noColor ?? false, process.env));
  return reporters.text.report(record, { paint, mode: values.summaryMode ?? 'compact' }).body;
}
