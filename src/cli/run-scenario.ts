import { type ExitName, LoadregError, type Logger, printable } from '../base/index.ts';
import { proxySettings } from '../http/index.ts';
import type { JournalFile } from '../record/index.ts';
import { reporters } from '../report/index.ts';
import { type RunOutcome, runLoad } from '../run/index.ts';
import { displayPath } from '../scenario/index.ts';
import { readAccess, readTls } from './access.ts';
import { colorsFor, wantsColors } from './colors.ts';
import { exchangeDump } from './dump.ts';
import { handleSummary } from './handle-summary.ts';
import { renderHeader } from './header.ts';
import { catchInterrupts, type Interrupt } from './interrupt.ts';
import { interruptionText } from './interruption.ts';
import { startLive } from './live.ts';
import { reportError } from './errors.ts';
import { catchEarlyExit } from './early-exit.ts';
import { createLogger } from './log.ts';
import { onceSummary } from './once-summary.ts';
import { openOut } from './out.ts';
import { type Planned, planRun } from './plan.ts';
import { reportFiles, writeReports } from './reports.ts';
import { keptJournal, openRunJournal } from './run-journal.ts';
import { Screen } from './screen.ts';
import { redact } from './secrets.ts';
import { catchStrayErrors } from './strays.ts';
import { version } from './version.ts';

/** Runs a scenario from its name to its reports. The summary goes to stdout, everything else to stderr. */
export async function runScenario(scenario: string, flags: Readonly<Record<string, unknown>>): Promise<ExitName> {
  const screen = new Screen(process.stderr);
  const interrupt = catchInterrupts({ drains: true });
  try {
    const planned = await planRun(scenario, flags, process.env);
    return await runPlanned(planned, screen, interrupt);
  } finally {
    interrupt.release();
  }
}

async function runPlanned(planned: Planned, screen: Screen, interrupt: Interrupt): Promise<ExitName> {
  const { stopping, signal } = interrupt;
  const { plan, values, loaded } = planned;
  const access = await readAccess(plan.target, values, process.env, process.stdin);
  const tls = await readTls(plan.target);
  if (stopping.aborted) throw new LoadregError('interrupted before the start', { exit: 'interrupted' });

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
  if (plan.target.registry === undefined) tell('no --registry was given: starting the embedded registry, in a process of its own\n');
  for (const note of [...planned.notes, ...loaded.warnings]) log.warn(note);
  log.debug(`credentials: ${access.source}`);

  const quiet = values.quiet === true || values.once === true; // the exchanges are the progress
  const jsonLog = format === 'json' ? log : undefined;
  const outputs = await openOut(planned, log);
  const live = startLive({ screen, colors, quiet, jsonLog, stopping, signal, now: () => performance.now() });
  const journal = values.noJournal === true || values.once === true ? undefined : openRunJournal(values.reportsDir ?? 'reports', log);
  const goesOn = catchEarlyExit(() => (journal === undefined ? '' : keptJournal(journal)));
  const beforeLeaving = (callback: () => void) =>
    interrupt.beforeLeaving(() => {
      goesOn();
      callback();
    });
  beforeLeaving(() => tell(`\nleft without a report\n${journal === undefined ? '' : keptJournal(journal)}`));
  const defects: unknown[] = [];
  const defect = new AbortController();
  const forget = catchStrayErrors(log, loaded.userFrame, (error) => {
    defects.push(error);
    defect.abort(error);
  });
  let outcome: RunOutcome;
  try {
    outcome = await runLoad(plan, loaded, {
      log,
      credentials: access.credentials,
      proxy: proxySettings(process.env),
      tls,
      version: version(),
      baseline: planned.baseline,
      outputs,
      stopping,
      signal,
      defect: defect.signal,
      onPreflight: (lines) => tell(printable(`\n${lines.map((line) => `  ${line}`).join('\n')}\n`)),
      onStart(start) {
        live.onStart(start);
        tell(
          renderHeader(
            start,
            { scenario: displayPath(plan.scenarioPath), config: planned.configPath, outputs: outputs.descriptions },
            colors.value,
          ),
        );
      },
      onExchange: exchangeDump(values, plan, tell),
      onStage: live.onStage,
      onInterval: live.onInterval,
      onInterrupt: (interruption) => tell(`\n${interruptionText(interruption)}\n`),
      onJournal: (entry) => journal?.append(entry),
    });
  } catch (error) {
    goesOn();
    await outputs.close(false, stopping);
    await journal?.close();
    if (journal !== undefined) tell(keptJournal(journal));
    throw error;
  } finally {
    live.stop();
  }
  const spent = signal.aborted ? new AbortController().signal : undefined; // what is left is to leave
  const next = spent ?? (stopping.aborted ? signal : stopping);
  const exit = await finish(planned, outcome, {
    journal,
    log,
    tell,
    signal: next,
    beforeLeaving,
  });
  goesOn();
  await outputs.close(true, stopping);
  forget();
  for (const error of defects) reportError(error);
  if (defects.length > 0) return 'defect';
  return outputs.broken ? 'reportNotWritten' : exit;
}

/** What is needed to show and write what a run left. */
interface FinishContext {
  readonly journal: JournalFile | undefined;
  readonly log: Logger;
  readonly tell: (text: string) => void;
  /** Aborts at the next Ctrl+C. */
  readonly signal: AbortSignal;
  readonly beforeLeaving: (callback: () => void) => void;
}

/** Shows and writes what the run left. A report that cannot be written goes to stdout instead, and the exit code says so. */
async function finish(
  { values, loaded }: Planned,
  outcome: RunOutcome,
  { journal, log, tell, signal, beforeLeaving }: FinishContext,
): Promise<ExitName> {
  const { record } = outcome;
  // Files first: whoever reads stdout may close it.
  // A look at one iteration is no run to keep, unless a file was asked for.
  const files =
    values.once === true && values.report === undefined ? [] : reportFiles(record, values.report, values.reportsDir ?? 'reports');
  const { written, failed } = await writeReports(record, files, values.summaryExport);
  if (failed.length === 0) await journal?.remove();
  if (written.length > 0) beforeLeaving(() => tell(`\nreport: ${written.join(', ')}\n`));
  const own = await handleSummary(loaded, record, log, { timeoutMs: values.handleSummaryTimeout, signal });
  process.stdout.write(own?.stdout ?? summaryText(outcome, values));
  process.stderr.write(own?.stderr ?? '');
  if (written.length > 0) tell(`report: ${written.join(', ')}\n`);
  for (const message of values.once === true ? endOf(record) : outcome.messages) tell(printable(`${message}\n`));
  const lost = [...failed, ...(own?.failed ?? [])];
  for (const { error, body } of lost) {
    tell(`error: ${error.message}; it follows on stdout instead\n${error.hint === undefined ? '' : `hint: ${error.hint}\n`}`);
    process.stdout.write(body);
  }
  if (journal?.path !== undefined) {
    await journal.close();
    tell(keptJournal(journal));
  }
  return lost.length > 0 ? 'reportNotWritten' : outcome.exit;
}

/** One iteration says nothing about the generator: only what made it fail is told. */
function endOf({ outcome }: RunOutcome['record']): readonly string[] {
  return outcome.state === 'finished' ? [] : [outcome.reason];
}

function summaryText({ record }: RunOutcome, values: Planned['values']): string {
  if (values.once === true && values.summaryMode === undefined) return onceSummary(record);
  const paint = colorsFor(wantsColors(process.stdout, values.noColor ?? false, process.env));
  return reporters.text.report(record, { paint, mode: values.summaryMode ?? 'compact' }).body;
}
