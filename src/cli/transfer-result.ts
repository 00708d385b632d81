import { EXIT_CODES, type ExitName, LoadregError, messageOf, printable } from '../base/index.ts';
import { redact } from './secrets.ts';
import type { Session } from './session.ts';
import { transferError } from './transfer-error.ts';
import { exchangesAsJson, renderExchanges } from './transfer-table.ts';

/** How a transfer ended. */
export interface TransferEnd {
  /** Print JSON instead of text. */
  readonly json: boolean;
  readonly session: Session;
  readonly signal: AbortSignal;
  /** What was thrown; undefined when all went well. */
  readonly failure: unknown;
  /** What stays of it when it was interrupted. Default: nothing. */
  readonly left?: string;
  /** What the JSON says beside the common fields. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly durationMs: number;
  /** One line, when all went well. */
  readonly summary: string;
  readonly notes: readonly string[];
}

/** Errors that a JSON object on stdout told of already. */
const shownAsJson = new WeakSet<object>();

/** Prints a JSON object on stdout for a command with `--json` that failed before it began: by its flags or its reference. */
export function failAsJson(command: string, error: unknown): void {
  if (typeof error === 'object' && error !== null && shownAsJson.has(error)) return;
  process.stdout.write(printable(redact(`${JSON.stringify({ ok: false, command, error: errorFields(error) }, undefined, 2)}\n`)));
}

/**
 * Prints what came of a transfer on stdout: a table of its requests, a line, and notes, or one JSON object. Throws what it failed by, so that the
 * command line says it and exits with its code.
 */
export function finishTransfer(end: TransferEnd): ExitName {
  const { failure } = end;
  const error = failure === undefined ? undefined : transferError(failure, end.signal, end.left);
  process.stdout.write(printable(redact(end.json ? jsonOf(end, error) : textOf(end))));
  if (end.json && typeof error === 'object' && error !== null) shownAsJson.add(error);
  if (error !== undefined) throw error;
  return 'ok';
}

function jsonOf({ session, fields, durationMs, notes }: TransferEnd, error: unknown): string {
  const failed = error === undefined ? {} : { error: errorFields(error) };
  const common = { durationMs: Math.round(durationMs), retries: session.retries, notes, requests: exchangesAsJson(session.exchanges) };
  return `${JSON.stringify({ ok: error === undefined, ...fields, ...common, ...failed }, undefined, 2)}\n`;
}

function errorFields(error: unknown): Record<string, unknown> {
  const { code } = ((error as { cause?: unknown }).cause ?? error) as { code?: unknown };
  const exit = error instanceof LoadregError ? EXIT_CODES[error.exit].code : EXIT_CODES.defect.code;
  return { ...(typeof code === 'string' ? { code } : {}), message: messageOf(error), exit };
}

function textOf({ session, failure, summary, notes }: TransferEnd): string {
  const { exchanges, retries } = session;
  const table = exchanges.length === 0 ? '' : `${renderExchanges(exchanges)}\n`;
  if (failure !== undefined) return table;
  const repeated = retries === 0 ? '' : `, ${retries === 1 ? '1 retry' : `${retries} retries`}`;
  return `${table}${summary}${repeated}\n${notes.map((note) => `note: ${note}\n`).join('')}`;
}
