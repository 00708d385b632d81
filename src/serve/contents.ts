/** What the server remembers of a manifest beside its bytes. */
export interface ManifestEntry {
  readonly mediaType: string;
  readonly size: number;
  /** Digest of the manifest that this one refers to (`subject`). */
  readonly subject?: string;
  /** Own `artifactType`, or the media type of the config. */
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** One change of what the registry holds. The same changes, replayed, give the same contents after a restart. */
export type Change =
  | { readonly op: 'blob'; readonly repository: string; readonly digest: string; readonly size: number }
  | { readonly op: 'manifest'; readonly repository: string; readonly digest: string; readonly entry: ManifestEntry }
  | { readonly op: 'tag'; readonly repository: string; readonly tag: string; readonly digest: string }
  | { readonly op: 'drop-blob'; readonly repository: string; readonly digest: string }
  | { readonly op: 'drop-manifest'; readonly repository: string; readonly digest: string }
  | { readonly op: 'drop-tag'; readonly repository: string; readonly tag: string };

/** One repository: which blobs and manifests belong to it, and its tags. */
export class Repository {
  /** Digest to size. */
  readonly blobs = new Map<string, number>();
  readonly manifests = new Map<string, ManifestEntry>();
  /** Tag to manifest digest. */
  readonly tags = new Map<string, string>();
  /** Digest of a subject to the digests of the manifests that refer to it. */
  readonly referrers = new Map<string, Set<string>>();
}

/** Everything the registry holds, by name; the bytes lie in files. */
export class Contents {
  readonly repositories = new Map<string, Repository>();
  /** Digest to the number of repositories that hold it, as a blob or as a manifest. */
  readonly #holders = new Map<string, number>();

  /** True while some repository holds these bytes. */
  isHeld(digest: string): boolean {
    return this.#holders.has(digest);
  }

  /** Makes the change; one that is made already, or that undoes what is not there, does nothing. */
  apply(change: Change): void {
    const repository = this.#repository(change.repository);
    switch (change.op) {
      case 'blob':
        if (!repository.blobs.has(change.digest)) this.#hold(change.digest);
        repository.blobs.set(change.digest, change.size);
        break;
      case 'drop-blob':
        if (repository.blobs.delete(change.digest)) this.#letGo(change.digest);
        break;
      case 'manifest':
        this.#dropManifest(repository, change.digest);
        this.#hold(change.digest);
        repository.manifests.set(change.digest, change.entry);
        this.#refer(repository, change.digest, change.entry.subject);
        break;
      case 'drop-manifest':
        this.#dropManifest(repository, change.digest);
        for (const [tag, digest] of repository.tags) if (digest === change.digest) repository.tags.delete(tag);
        break;
      case 'tag':
        repository.tags.set(change.tag, change.digest);
        break;
      case 'drop-tag':
        repository.tags.delete(change.tag);
        break;
    }
  }

  /** The changes that lead from nothing to these contents, for a journal without detours. */
  *changes(): Iterable<Change> {
    for (const [repository, { blobs, manifests, tags }] of this.repositories) {
      for (const [digest, size] of blobs) yield { op: 'blob', repository, digest, size };
      for (const [digest, entry] of manifests) yield { op: 'manifest', repository, digest, entry };
      for (const [tag, digest] of tags) yield { op: 'tag', repository, tag, digest };
    }
  }

  #repository(name: string): Repository {
    let repository = this.repositories.get(name);
    if (repository === undefined) this.repositories.set(name, (repository = new Repository()));
    return repository;
  }

  #hold(digest: string): void {
    this.#holders.set(digest, (this.#holders.get(digest) ?? 0) + 1);
  }

  #letGo(digest: string): void {
    const holders = (this.#holders.get(digest) ?? 0) - 1;
    if (holders > 0) this.#holders.set(digest, holders);
    else this.#holders.delete(digest);
  }

  #refer(repository: Repository, digest: string, subject: string | undefined): void {
    if (subject === undefined) return;
    const referrers = repository.referrers.get(subject);
    if (referrers === undefined) repository.referrers.set(subject, new Set([digest]));
    else referrers.add(digest);
  }

  #dropManifest(repository: Repository, digest: string): void {
    const entry = repository.manifests.get(digest);
    if (entry === undefined) return;
    repository.manifests.delete(digest);
    if (entry.subject !== undefined) repository.referrers.get(entry.subject)?.delete(digest);
    this.#letGo(digest);
  }
}
