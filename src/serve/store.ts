import { mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ByteCache } from './byte-cache.ts';
import { type Change, Contents, type ManifestEntry, type Repository } from './contents.ts';
import { type Journal, noJournal, readJournal, startJournal } from './journal.ts';
import { CACHE, SMALL } from './limits.ts';
import { PartialBlob } from './partial-blob.ts';

/** A blob to be read: bytes at hand when it is small and in use, else where they lie. */
export type BlobContent = { readonly size: number; readonly bytes: Buffer } | { readonly size: number; readonly path: string };

/** A manifest to be read. */
export interface StoredManifest {
  readonly digest: string;
  readonly entry: ManifestEntry;
  bytes(): Buffer;
}

/**
 * What the registry holds: names in memory, bytes in files named by their digest (`blobs/sha256/<hex>`, manifests too), small ones that are in
 * use also in memory. Everything but the taking of an upload is synchronous: a change of names is one step that no other request can divide.
 */
export class Store {
  readonly #dir: string;
  readonly #contents = new Contents();
  readonly #journal: Journal;
  readonly #cache = new ByteCache(CACHE);
  #uploads = 0;

  /** @param keep whether what the folder holds outlives this process */
  constructor(dir: string, keep: boolean) {
    this.#dir = dir;
    for (const algorithm of ['sha256', 'sha512']) mkdirSync(join(dir, 'blobs', algorithm), { recursive: true });
    rmSync(join(dir, 'uploads'), { recursive: true, force: true }); // sessions do not outlive the process that opened them
    mkdirSync(join(dir, 'uploads'));
    for (const change of keep ? readJournal(dir) : []) if (this.#isWhole(change)) this.#contents.apply(change);
    this.#journal = keep ? startJournal(dir, this.#contents.changes()) : noJournal;
  }

  repository(name: string): Repository | undefined {
    return this.#contents.repositories.get(name);
  }

  /** Names of the repositories that hold a manifest, sorted. */
  repositories(): string[] {
    const names: string[] = [];
    for (const [name, { manifests }] of this.#contents.repositories) if (manifests.size > 0) names.push(name);
    return names.sort();
  }

  /** Size of a blob of a repository, or undefined when it has none such. */
  blobSize(repository: string, digest: string): number | undefined {
    return this.repository(repository)?.blobs.get(digest);
  }

  blob(repository: string, digest: string): BlobContent | undefined {
    const size = this.blobSize(repository, digest);
    if (size === undefined) return undefined;
    return size <= SMALL ? { size, bytes: this.#read(digest) } : { size, path: this.#path(digest) };
  }

  /** A place for the bytes of a new upload. */
  newUpload(): PartialBlob {
    this.#uploads += 1;
    return new PartialBlob(join(this.#dir, 'uploads', String(this.#uploads)));
  }

  /** Adds an upload to a repository under a digest that was found right. */
  addBlob(repository: string, digest: string, upload: PartialBlob): void {
    const { size } = upload;
    if (this.#contents.isHeld(digest)) upload.discard();
    else upload.moveTo(this.#path(digest));
    this.#link(repository, digest, size);
  }

  /** Adds a blob that another repository has. False when it has none such. */
  mountBlob(repository: string, digest: string, from: string): boolean {
    const size = this.blobSize(from, digest);
    if (size === undefined) return false;
    this.#link(repository, digest, size);
    return true;
  }

  /** False when there was none. */
  dropBlob(repository: string, digest: string): boolean {
    if (this.blobSize(repository, digest) === undefined) return false;
    this.#change({ op: 'drop-blob', repository, digest });
    this.#forget(digest);
    return true;
  }

  /** @param reference tag or digest */
  manifest(repository: string, reference: string): StoredManifest | undefined {
    const found = this.repository(repository);
    if (found === undefined) return undefined;
    const digest = found.tags.get(reference) ?? reference; // no tag looks like a digest: tags have no colon
    const entry = found.manifests.get(digest);
    return entry && { digest, entry, bytes: () => this.#read(digest) };
  }

  addManifest(repository: string, digest: string, bytes: Buffer, entry: ManifestEntry, tag: string | undefined): void {
    if (!this.#contents.isHeld(digest)) this.#write(digest, bytes);
    if (this.repository(repository)?.manifests.get(digest)?.mediaType !== entry.mediaType) {
      this.#change({ op: 'manifest', repository, digest, entry });
    }
    if (tag !== undefined && this.repository(repository)?.tags.get(tag) !== digest) this.#change({ op: 'tag', repository, tag, digest });
  }

  /** By digest the manifest and the tags on it, by tag the tag alone. False when there was none. */
  dropManifest(repository: string, reference: string): boolean {
    const found = this.repository(repository);
    if (found?.tags.has(reference)) {
      this.#change({ op: 'drop-tag', repository, tag: reference });
      return true;
    }
    if (!found?.manifests.has(reference)) return false;
    this.#change({ op: 'drop-manifest', repository, digest: reference });
    this.#forget(reference);
    return true;
  }

  close(): void {
    this.#journal.close();
  }

  /** A repeated push changes nothing, and must not make the journal grow. */
  #link(repository: string, digest: string, size: number): void {
    if (this.blobSize(repository, digest) === undefined) this.#change({ op: 'blob', repository, digest, size });
  }

  #change(change: Change): void {
    this.#contents.apply(change);
    this.#journal.append(change);
  }

  /** Removes the bytes that no repository holds any more; a download under way keeps its open file. */
  #forget(digest: string): void {
    if (this.#contents.isHeld(digest)) return;
    this.#cache.delete(digest);
    rmSync(this.#path(digest), { force: true });
  }

  #read(digest: string): Buffer {
    let bytes = this.#cache.get(digest);
    if (bytes === undefined) this.#cache.set(digest, (bytes = readFileSync(this.#path(digest))));
    return bytes;
  }

  #write(digest: string, bytes: Buffer): void {
    const file = this.newUpload();
    file.fill(bytes);
    file.moveTo(this.#path(digest));
    this.#cache.set(digest, bytes);
  }

  #path(digest: string): string {
    return join(this.#dir, 'blobs', digest.slice(0, 6), digest.slice(7));
  }

  /** False for a remembered blob or manifest whose file is gone or was cut: better unknown than wrong. */
  #isWhole(change: Change): boolean {
    if (change.op !== 'blob' && change.op !== 'manifest') return true;
    const size = change.op === 'blob' ? change.size : change.entry.size;
    return statSync(this.#path(change.digest), { throwIfNoEntry: false })?.size === size;
  }
}
