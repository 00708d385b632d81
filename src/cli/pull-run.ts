import { type ExitName, formatDuration, formatSize } from '../base/index.ts';
import { catchInterrupts } from './interrupt.ts';
import { colorsFor, wantsColors } from './colors.ts';
import { createLogger } from './log.ts';
import { type PullPlan, readPullPlan } from './pull-flags.ts';
import { PULL_FORMATS } from './pull-formats.ts';
import { bytesOf, findImage, type FoundImage, startBlobs } from './pull-image.ts';
import { openPlace } from './pull-place.ts';
import { Screen } from './screen.ts';
import { openSession, type Session } from './session.ts';
import { readTransferAccess, type TransferAccess } from './transfer-access.ts';
import { type TransferProgress, startTransferProgress } from './transfer-progress.ts';
import { finishTransfer } from './transfer-result.ts';

/** What a pull brought. */
interface Pulled extends FoundImage {
  readonly notes: readonly string[];
}

/** Pulls an image. What came of it goes to stdout, progress to stderr. Throws LoadregError when it failed. */
export async function runPull(image: string, flags: Readonly<Record<string, unknown>>): Promise<ExitName> {
  const access = await readTransferAccess(image, flags, process.env, process.stdin);
  const plan = readPullPlan(flags, access.reference);
  const screen = new Screen(process.stderr);
  const interrupt = catchInterrupts();
  const colored = wantsColors(process.stderr, access.values.noColor ?? false, process.env);
  const colors = colorsFor(colored);
  const log = createLogger({ format: 'text', verbose: false, colors: colored, write: (line) => screen.print(line) });
  const session = openSession({ access, signal: interrupt.signal, log });
  const quiet = access.values.quiet ?? false;
  const progress = startTransferProgress({ screen, colors, doing: 'pulling', quiet, now: () => performance.now() });
  const startedAt = performance.now();
  let pulled: Pulled | undefined;
  let failure: unknown;
  let left: string | undefined;
  try {
    pulled = await pull({ session, access, plan, progress, signal: interrupt.signal, onLeft: (what) => (left = what) });
  } catch (error) {
    failure = error;
  } finally {
    progress.stop();
    await session.close();
    interrupt.release();
  }
  if (left !== undefined && failure !== undefined && !interrupt.signal.aborted) log.warn(left);
  return finishTransfer({
    json: flags['json'] === true,
    session,
    signal: interrupt.signal,
    failure,
    ...(left === undefined ? {} : { left }),
    fields: { command: 'pull', image: access.text, format: plan.format, path: plan.target, ...fieldsOf(pulled) },
    durationMs: performance.now() - startedAt,
    summary: pulled === undefined ? '' : summaryOf(pulled, access, plan, performance.now() - startedAt),
    notes: [...(pulled?.notes ?? []), ...(left === undefined ? [] : [left])],
  });
}

interface Pull {
  readonly session: Session;
  readonly access: TransferAccess;
  readonly plan: PullPlan;
  readonly progress: TransferProgress;
  readonly signal: AbortSignal;
  /** Told what of the pull could not be removed. */
  readonly onLeft: (what: string) => void;
}

async function pull({ session, access, plan, progress, signal, onLeft }: Pull): Promise<Pulled> {
  const format = PULL_FORMATS[plan.format];
  const place = await openPlace(plan.target, format.kind);
  try {
    const { reference } = access;
    const found = await findImage(session, reference, plan.platform);
    progress.expect(bytesOf(found.manifest));
    const arriving = startBlobs(session, reference.repository, found.manifest, place.blobs, (bytes) => progress.add(bytes));
    void arriving.settled().then(() => progress.doing(format.doing));
    try {
      const { notes, settle } = await format.write({
        found,
        arriving,
        blobs: place.blobs,
        result: place.result,
        tag: reference.tag,
        name: `${new URL(access.target.registry).host}/${reference.repository}`,
        platform: plan.platformGiven ? plan.platform : undefined,
        keepSpecial: plan.keepSpecial,
        signal,
      });
      await place.finish(settle);
      return { ...found, notes: notes() };
    } catch (error) {
      await session.close(); // what else is under way ends
      throw error;
    } finally {
      await arriving.settled();
    }
  } finally {
    const left = await place.discard();
    if (left !== undefined) onLeft(left);
  }
}

function fieldsOf(pulled: Pulled | undefined): Record<string, unknown> {
  if (pulled === undefined) return {};
  const { manifest, content } = pulled;
  return {
    digest: content.digest,
    mediaType: manifest.mediaType,
    config: manifest.config,
    layers: manifest.layers,
    bytes: content.bytes.length + bytesOf(manifest),
  };
}

function summaryOf({ manifest, content }: Pulled, access: TransferAccess, plan: PullPlan, durationMs: number): string {
  const layers = manifest.layers.length === 1 ? '1 layer' : `${manifest.layers.length} layers`;
  const bytes = bytesOf(manifest);
  const rate = `${formatSize(bytes / Math.max(durationMs / 1000, 1e-3))}/s`;
  const amount = `${layers}, ${formatSize(bytes)} in ${formatDuration(durationMs)} (${rate})`;
  return `pulled ${access.text} (${content.digest}) as ${plan.format} into ${plan.target}: ${amount}`;
}
