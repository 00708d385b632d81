import { stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { type ExitName, InvalidConfigError, type Problem } from '../base/index.ts';
import type { RunRecord } from '../record/index.ts';
import type { Paint, ReporterName, SummaryMode } from '../report/index.ts';
import { type CommandSpec, parseArgs } from './flags.ts';
import { helpText } from './help-text.ts';

/** `loadreg report`. */
export const REPORT_SPEC: CommandSpec = {
  usage: 'loadreg report <file>',
  summary: 'Shows the record of a run again, or makes the report of a run that was killed.',
  positionals: ['file'],
  flags: [
    { name: 'format', value: 'FORMAT', doc: 'text (default), json or summary-export', choices: ['text', 'json', 'summary-export'] },
    {
      name: 'output',
      short: 'o',
      value: 'FILE',
      doc: 'write there instead of stdout, format by its extension: .json, .txt, with or without .gz',
    },
    { name: 'summary-mode', value: 'MODE', doc: 'text: compact (default on stdout) or full (default in files)' },
    { name: 'recover', doc: 'take the journal of a run that left no report; writes .json and .txt beside it, and prints the summary' },
    { name: 'no-color', doc: 'no colours' },
  ],
  epilogue: 'The file is what loadreg run has left in reports/: a .json or .json.gz, or with --recover a .journal.',
};

export { REPORT_SPEC as spec };

const MODES: readonly string[] = ['compact', 'full'] satisfies SummaryMode[];

/** What is to be shown, and how. */
interface Wanted {
  readonly file: string;
  readonly recover: boolean;
  readonly output: string | undefined;
  readonly format: ReporterName;
  readonly mode: SummaryMode | undefined;
  readonly noColor: boolean;
}

/** `loadreg report`. */
export async function command(args: readonly string[]): Promise<ExitName> {
  const { positionals, flags, help } = await parseArgs(args, REPORT_SPEC);
  if (help) {
    process.stdout.write(helpText(REPORT_SPEC));
    return 'ok';
  }
  const wanted = await readWanted(positionals[0] as string, flags);
  return wanted.recover ? recover(wanted) : show(wanted);
}

async function show(wanted: Wanted): Promise<ExitName> {
  const { readRecord, storeFile } = await import('../record/index.ts');
  const record = await readRecord(wanted.file);
  if (wanted.output === undefined) process.stdout.write(await onStdout(record, wanted));
  else await storeFile(wanted.output, (await bodyOf(record, wanted.format, wanted.mode ?? 'full')).body);
  return 'ok';
}

/** A run adds to its journal each second. */
const STILL_GROWS_MS = 1_500;

/** A run that goes on is not one that was killed, and will write its own report under the same names. */
async function refuseWhileItGrows(file: string): Promise<void> {
  const look = () => stat(file).catch(() => undefined); // reading it says what is wrong with it
  const before = await look();
  if (before === undefined || Date.now() - before.mtimeMs > 5_000) return;
  await delay(STILL_GROWS_MS);
  if ((await look())?.size === before.size) return;
  throw new InvalidConfigError([
    { where: file, what: 'is still being written to', fix: 'the run goes on, and leaves a report at its end' },
  ]);
}

async function recover(wanted: Wanted): Promise<ExitName> {
  await refuseWhileItGrows(wanted.file);
  const { recoverRun } = await import('../run/index.ts');
  const { writeReports } = await import('./reports.ts');
  const { record, messages } = await recoverRun(wanted.file);
  const stem = wanted.file.replace(/\.journal$/, '');
  const { written, failed } = await writeReports(record, wanted.output === undefined ? [`${stem}.json`, `${stem}.txt`] : [wanted.output]);
  process.stdout.write(await onStdout(record, wanted));
  for (const message of messages) process.stderr.write(`${message}\n`);
  if (written.length > 0) process.stderr.write(`report: ${written.join(', ')}\n`);
  for (const { error } of failed) process.stderr.write(`error: ${error.message}\n`);
  return failed.length > 0 ? 'reportNotWritten' : 'ok';
}

async function onStdout(record: RunRecord, { format, mode = 'compact', noColor }: Wanted): Promise<string> {
  const { colorsFor, wantsColors } = await import('./colors.ts');
  const paint = colorsFor(wantsColors(process.stdout, noColor, process.env));
  return (await bodyOf(record, format, mode, paint)).body;
}

async function bodyOf(record: RunRecord, format: ReporterName, mode: SummaryMode, paint?: Paint) {
  const { reporters } = await import('../report/index.ts');
  return reporters[format].report(record, { mode, ...(paint === undefined ? {} : { paint }) });
}

async function readWanted(file: string, flags: Readonly<Record<string, unknown>>): Promise<Wanted> {
  const { REPORTER_NAMES, reportExtensions, reporterForFile } = await import('../report/index.ts');
  const problems: Problem[] = [];
  const recovers = flags['recover'] === true;
  const output = textOf(flags['output']);
  const asked = textOf(flags['format']);
  const mode = textOf(flags['summary-mode']);
  const named = REPORTER_NAMES.find((name) => name === asked);
  const fits = output === undefined ? undefined : reporterForFile(output);
  if (asked !== undefined && named === undefined) {
    problems.push({ where: '--format', what: `'${asked}' is no format`, fix: `one of ${REPORTER_NAMES.join(', ')}` });
  }
  if (output !== undefined && fits === undefined && (recovers || asked === undefined)) {
    problems.push({ where: '--output', what: `'${output}' has no extension of a report`, fix: `one of ${reportExtensions.join(', ')}` });
  }
  if (mode !== undefined && !MODES.includes(mode)) {
    problems.push({ where: '--summary-mode', what: `'${mode}' is no mode`, fix: `one of ${MODES.join(', ')}` });
  }
  if (file.endsWith('.journal') && !recovers) {
    problems.push({ where: file, what: 'is a journal and no record', fix: `loadreg report --recover ${file} makes one of it` });
  }
  if (problems.length > 0) throw new InvalidConfigError(problems);
  const format = named ?? (recovers ? undefined : fits) ?? 'text';
  return { file, recover: recovers, output, format, mode: mode as SummaryMode | undefined, noColor: flags['no-color'] === true };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
