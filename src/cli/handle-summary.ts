import { isatty } from 'node:tty';

import { formatDuration, LoadregError, type Logger, messageOf } from '../base/index.ts';
import { type RunRecord, storeFile } from '../record/index.ts';
import { summaryData } from '../report/index.ts';
import type { LoadedScenario } from '../scenario/index.ts';

/** What a scenario's `handleSummary` left. */
export interface SummaryOutput {
  readonly stdout: string;
  readonly stderr: string;
  /** Files that could not be written: why, and their content. */
  readonly failed: readonly { readonly error: LoadregError; readonly body: string }[];
}

/** What ends `handleSummary` when it does not end by itself. */
export interface SummaryLimits {
  /** ms; default 2 minutes, k6's. */
  readonly timeoutMs: number | undefined;
  readonly signal: AbortSignal;
}

/**
 * Calls the scenario's `handleSummary`, as k6 does: its result replaces the text summary, and names files beside `stdout` and
 * `stderr`. Undefined when there is none, or when it threw: then the usual summary is shown, so that no result is lost.
 */
export async function handleSummary(
  loaded: LoadedScenario,
  record: RunRecord,
  log: Logger,
  limits: SummaryLimits,
): Promise<SummaryOutput | undefined> {
  const { handleSummary: handle } = loaded.module;
  if (handle === undefined) return undefined;
  let outputs: Record<string, unknown>;
  try {
    const state = { isStdOutTTY: isatty(1), isStdErrTTY: isatty(2) };
    const returned: unknown = await within(limits, handle(summaryData(record, state)));
    if (typeof returned !== 'object' || returned === null)
      throw new TypeError(`it returned ${JSON.stringify(returned) ?? String(returned)} and no object`);
    outputs = returned as Record<string, unknown>;
  } catch (error) {
    const place = loaded.userFrame(error);
    log.error(`handleSummary threw${place === undefined ? '' : ` at ${place}`}: ${messageOf(error)}; the usual summary is shown instead`);
    return undefined;
  }
  const result = { stdout: '', stderr: '', failed: [] as { error: LoadregError; body: string }[] };
  for (const [name, body] of Object.entries(outputs)) {
    if (typeof body !== 'string' && !(body instanceof Uint8Array)) {
      log.error(`handleSummary returned no text and no bytes for '${name}'; it was left out`);
    } else if (name === 'stdout' || name === 'stderr') {
      result[name] += textOf(body);
    } else {
      await storeFile(name, body).catch((error: unknown) => {
        if (!(error instanceof LoadregError)) throw error;
        result.failed.push({ error, body: textOf(body) });
      });
    }
  }
  return result;
}

/** k6's handleSummaryTimeout, ms. */
const DEFAULT_TIMEOUT_MS = 120_000;

/** The longest timer that Node.js has, ms. */
const LONGEST_MS = 2_147_483_647;

async function within({ timeoutMs = DEFAULT_TIMEOUT_MS, signal }: SummaryLimits, returned: unknown): Promise<unknown> {
  let onAbort = () => {};
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    const tooLate = () => reject(new Error(`it did not end within ${formatDuration(timeoutMs)}`));
    timer = setTimeout(tooLate, Math.min(timeoutMs, LONGEST_MS));
    onAbort = () => reject(new Error('it was interrupted'));
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort);
  });
  try {
    return await Promise.race([returned, limit]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

function textOf(body: string | Uint8Array): string {
  return typeof body === 'string' ? body : Buffer.from(body).toString('utf8');
}
