import { basename } from 'node:path';
import { type ArchivedImage, builtImageOf, checkLayers, type ImageArchive, openArchive } from '../archive/index.ts';
import { type ExitName, formatDuration, formatSize, InvalidConfigError } from '../base/index.ts';
import { FlowError, push, type PushResult } from '../flow/index.ts';
import { parseReference } from '../registry/index.ts';
import { colorsFor, wantsColors } from './colors.ts';
import { catchInterrupts } from './interrupt.ts';
import { createLogger } from './log.ts';
import { type PushPlan, readPushPlan } from './push-flags.ts';
import { choosePushTargets, type PushTarget } from './push-targets.ts';
import { Screen } from './screen.ts';
import { openSession, type Session } from './session.ts';
import { readTransferAccess, type TransferAccess } from './transfer-access.ts';
import { startTransferProgress } from './transfer-progress.ts';
import { finishTransfer } from './transfer-result.ts';

/** Calls that store something by any success; others that write do so by 201 only. */
const COMMITS: ReadonlySet<string> = new Set(['upload_put', 'upload_finish']);

/** Pushes the images of an archive. What came of it goes to stdout, progress to stderr. Throws LoadregError when it failed. */
export async function runPush(path: string, image: string, flags: Readonly<Record<string, unknown>>): Promise<ExitName> {
  const plan = readPushPlan(flags, process.env);
  const access = await readTransferAccess(image, flags, process.env, process.stdin);
  const { tag, digest } = parseReference(image, { withHost: access.values.registry === undefined });
  if (digest !== undefined) {
    throw new InvalidConfigError([{ where: `image "${image}"`, what: 'names a digest', fix: 'a push needs a tag, or none' }]);
  }
  const interrupt = catchInterrupts();
  const { signal } = interrupt;
  const screen = new Screen(process.stderr);
  const colored = wantsColors(process.stderr, access.values.noColor ?? false, process.env);
  const colors = colorsFor(colored);
  const log = createLogger({ format: 'text', verbose: false, colors: colored, write: (line) => screen.print(line) });
  const quiet = access.values.quiet ?? false;
  const progress = startTransferProgress({ screen, colors, doing: 'reading', quiet, now: () => performance.now() });
  const session = openSession({
    access,
    signal,
    log,
    onSent: (bytes) => progress.add(bytes),
    ...(plan.client === undefined ? {} : { client: plan.client }),
    settings: { push: plan.push },
  });
  const startedAt = performance.now();
  let archive: ImageArchive | undefined;
  let sending = false; // from then on what is sent is shown, and what is read beside it is not
  const pushed: PushResult[] = [];
  let failure: unknown;
  let open = 0;
  try {
    archive = await openArchive(path, { signal, onRead: (bytes) => progress.add(sending ? 0 : bytes) });
    signal.addEventListener('abort', () => void archive?.close()); // whatever is being read ends
    const onSending = () => {
      sending = true;
      progress.doing('pushing');
    };
    await pushAll({ archive, access, plan, tag, session, onSending, signal, pushed });
  } catch (error) {
    failure = error;
  } finally {
    progress.stop();
    await session.close();
    if (failure !== undefined) open = await session.cancelUploads();
    await archive?.close();
    interrupt.release();
  }
  return finishTransfer({
    json: flags['json'] === true,
    session,
    signal,
    failure,
    left: leftOf(session, open),
    fields: { command: 'push', image: access.text, path, kind: archive?.kind, images: pushed.map(fieldsOf) },
    durationMs: performance.now() - startedAt,
    summary: pushed.map((one) => summaryOf(one, access)).join('\n'),
    notes: archive?.notes ?? [],
  });
}

interface Push {
  readonly archive: ImageArchive;
  readonly access: TransferAccess;
  readonly plan: PushPlan;
  /** As given. */
  readonly tag: string | undefined;
  readonly session: Session;
  /** Called before the first request. */
  readonly onSending: () => void;
  readonly signal: AbortSignal;
  /** Gets what was pushed. */
  readonly pushed: PushResult[];
}

/**
 * Layers are checked while they are sent: that takes as long as the sending itself. No manifest goes out before every layer of every image is
 * found to be what the archive says, and the first one that is not ends what is under way.
 */
async function pushAll({ archive, access, plan, tag, session, onSending, signal, pushed }: Push): Promise<void> {
  const targets = choosePushTargets(archive.images, tag, basename(archive.path));
  const built = [];
  for (const { image, tags } of targets) {
    signal.throwIfAborted();
    built.push({ tags, image: await builtImageOf(image, plan.compress ? { compress: 'gzip' } : { unchecked: true }) });
  }
  const ready = checkAll(targets, signal);
  ready.catch(() => session.close());
  const { repository } = access.reference;
  onSending();
  for (const { image, tags } of built) {
    for (const one of tags) {
      const result = await push(session.vu, { ...image, repository, tag: one }, { ready });
      if (!result.ok) {
        await ready; // what is wrong with the archive goes before what came of it
        throw new FlowError(result.code, result.message);
      }
      pushed.push(result);
    }
  }
}

async function checkAll(targets: readonly PushTarget<ArchivedImage>[], signal: AbortSignal): Promise<void> {
  for (const { image } of targets) {
    signal.throwIfAborted();
    await checkLayers(image);
  }
}

/** What an interrupted push leaves in the registry; `open` uploads could not be cancelled. */
function leftOf({ exchanges }: Session, open: number): string {
  const wasSent = exchanges.some(({ operation, status }) => status === 201 || (COMMITS.has(operation) && status >= 200 && status < 300));
  const stays = wasSent ? 'blobs that were sent by then stay in the registry' : 'nothing was left behind';
  if (open === 0) return stays;
  const uploads = open === 1 ? '1 upload' : `${open} uploads`;
  return `${wasSent ? `${stays}, and ` : ''}${uploads} may stay open there until it purges them`;
}

function fieldsOf({ reference, digest, uploaded, existed, mounted, bytes, durationMs }: PushResult): Record<string, unknown> {
  return { reference, digest, uploaded, existed, mounted, bytes, durationMs: Math.round(durationMs) };
}

function summaryOf({ reference, digest, uploaded, existed, mounted, bytes, durationMs }: PushResult, access: TransferAccess): string {
  const counts = [`${uploaded} uploaded`, ...(mounted === 0 ? [] : [`${mounted} mounted`]), `${existed} there already`].join(', ');
  const rate = `${formatSize(bytes / Math.max(durationMs / 1000, 1e-3))}/s`;
  const host = access.target.registry.replace(/^https?:\/\//, '');
  return `pushed ${host}/${reference} (${digest}): blobs ${counts}; ${formatSize(bytes)} in ${formatDuration(durationMs)} (${rate})`;
}
