import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { codeOf, LoadregError, messageOf, shown } from '../base/index.ts';
import { formatPlatform } from '../image/index.ts';
import { readDockerImages } from './docker-images.ts';
import { readOciImages } from './oci-images.ts';
import { ArchiveError, type Refuse } from './read-error.ts';
import type { ArchiveFiles } from './read-files.ts';
import { openFolder } from './read-folder.ts';
import { type ArchivedImage, isIndex } from './read-image.ts';
import { EMPTY, openTar } from './read-tar.ts';
import { NO_TAR } from './tar-index.ts';

/** Images on disk, ready to be read. */
export interface ImageArchive {
  /** By its content, never by its name. `oci-layout` wherever there is one: it has manifests, and knows the digests that a pull would give. */
  readonly kind: 'oci-layout' | 'docker-archive';
  /** As given. */
  readonly path: string;
  readonly images: readonly ArchivedImage[];
  /** What a user should know, a sentence each: platforms that are missing. */
  readonly notes: readonly string[];
  /** Closes the archive and removes its temporary files. Nothing of it can be read afterwards. */
  close(): Promise<void>;
}

/** How an archive is opened. */
export interface OpenOptions {
  /** Told about the bytes of layers as they are read to be checked. */
  readonly onRead?: (bytes: number) => void;
  /** Stops the opening when it aborts; afterwards, closing the archive ends every read. */
  readonly signal?: AbortSignal;
}

/**
 * Opens what `docker save`, `podman save`, `skopeo copy`, `crane`, `buildctl`, `ctr export` and the like leave: a tar archive, compressed or not,
 * or a folder with the same files. Finds out where everything lies, reads manifests and configs, and no layer. Throws ArchiveError in one line
 * that says what is wrong.
 */
export async function openArchive(path: string, options: OpenOptions = {}): Promise<ImageArchive> {
  const refuse: Refuse = (what, more) => new ArchiveError(`${basename(path)}: ${what}`, more);
  const { onRead, signal } = options;
  const files = { ...(await openFiles(path, refuse, signal)), onRead, signal };
  try {
    const kind = await recognise(files);
    const images = await (kind === 'oci-layout' ? readOciImages(files) : readDockerImages(files));
    return { kind, path, images, notes: images.flatMap(notesOf), close: () => files.close() };
  } catch (error) {
    await files.close();
    throw readable(error, refuse);
  }
}

async function openFiles(path: string, refuse: Refuse, signal: AbortSignal | undefined): Promise<ArchiveFiles> {
  try {
    const stats = await stat(path);
    if (stats.isDirectory()) return openFolder(path, refuse);
    if (!stats.isFile()) throw refuse('is neither a file nor a folder');
    const refuseTar: Refuse = (what, more) =>
      what === NO_TAR || what === EMPTY ? refuse(`is no image: it ${what}`, { hint: WHAT_WORKS }) : refuse(what, more);
    return await openTar(path, refuseTar, signal);
  } catch (error) {
    throw readable(error, refuse);
  }
}

const WHAT_WORKS =
  'what docker save, podman save, skopeo, crane or buildctl write: a docker archive or an OCI layout, as a tar archive or a folder';

async function recognise(files: ArchiveFiles): Promise<ImageArchive['kind']> {
  const has = async (name: string) => (await files.find(name)) !== undefined;
  if ((await has('oci-layout')) && (await has('index.json'))) return 'oci-layout';
  if (await has('manifest.json')) return 'docker-archive';
  throw files.refuse('is no image: it has neither manifest.json nor oci-layout with index.json', { hint: WHAT_WORKS });
}

/** What the system says, as an error about the archive. */
function readable(error: unknown, refuse: Refuse): unknown {
  if (error instanceof LoadregError || !(error instanceof Error) || !('syscall' in error)) return error;
  if (codeOf(error) === 'ENOENT') return refuse('no such file or folder', { cause: error });
  return refuse(`cannot be read: ${messageOf(error)}`, { cause: error });
}

function notesOf(image: ArchivedImage): string[] {
  if (!isIndex(image)) return [];
  const own = image.missing.map(({ digest, platform }) => (platform === undefined ? digest : shown(formatPlatform(platform))));
  const note =
    own.length === 0 ? [] : [`not in the archive, and left out of the index, which gets another digest by it: ${own.join(', ')}`];
  return [...note, ...image.children.flatMap(notesOf)];
}
