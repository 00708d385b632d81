import { parseSize, type Problem } from '../../base/index.ts';
import { buildArtifact, freshLayers, type ImageRef, imageOf, type SeededImage, type Size, throwProblems } from '../../image/index.ts';
import { type Descriptor, formatReference } from '../../registry/index.ts';
import { FlowError } from '../failure.ts';
import type { PushImage } from '../push.ts';
import { targetOf } from '../target.ts';
import type { VU } from '../vu.ts';
import { checked, uniqueName } from './names.ts';

/** Something that belongs to an image: a signature, an SBOM, a scan result. */
export interface ArtifactOptions {
  /**
   * The image that it belongs to: one from `images.seed()`, one that is about to be pushed, or any other, which costs a HEAD. It lives in the
   * same repository.
   */
  readonly subject: ImageRef | PushImage;
  /** What it is; referrers can be filtered by it. Default `application/vnd.loadreg.artifact`. */
  readonly artifactType?: string;
  /** Sizes of its files, at least 16 bytes each. Default `['1KiB']`; none make an artifact of annotations alone. */
  readonly layers?: readonly Size[];
  /** Media type of its files. Default `application/octet-stream`. */
  readonly layerType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Default: none, it is pushed by its digest, as clients do that rely on referrers. */
  readonly tag?: string;
}

/** Smaller ones could not be told apart. */
const LEAST = 16;

/**
 * Makes an artifact whose `subject` is an image (OCI image-spec 1.1), new on every call. Nothing is sent: hand it to `push`, once; from then on
 * the registry lists it among the referrers of the image.
 *
 * @example
 * await push(vu, await images.artifact(vu, { subject: image, artifactType: 'application/vnd.example.sbom', layers: ['64KiB'] }));
 * const { manifests } = await vu.registry.referrers.list(image.repository, image.digest);
 */
export async function artifact(vu: VU, options: ArtifactOptions): Promise<PushImage> {
  const {
    artifactType = 'application/vnd.loadreg.artifact',
    layerType = 'application/octet-stream',
    layers = ['1KiB'],
    annotations,
  } = options;
  const problems: Problem[] = [];
  const sizes = layers.map((given, i) => readSize(`images.artifact().layers[${i}]`, given, problems));
  for (const [name, type] of Object.entries({ artifactType, layerType })) {
    if (/^[\w.+-]+\/[\w.+-]+$/.test(type)) continue;
    problems.push({
      where: `images.artifact().${name}`,
      what: `${JSON.stringify(type)} is no media type`,
      fix: "'application/vnd.example.sbom'",
    });
  }
  throwProblems(problems);
  const { settings, shared } = vu.internals;
  const { repository, subject } = await subjectOf(vu, options.subject);
  const salt = `${settings.runId}/${vu.exec.scenario.name}/artifact-${uniqueName(vu)}`;
  const fresh = freshLayers({ compressible: 0, compression: undefined }, sizes, salt);
  const empty = fresh.length === 0 ? { 'loadreg.artifact': salt } : {}; // new all the same
  const merged = { ...empty, ...annotations };
  const built = await buildArtifact(
    { artifactType, layerType, subject, layers: fresh, ...(Object.keys(merged).length === 0 ? {} : { annotations: merged }) },
    shared,
  );
  if (options.tag !== undefined) return { ...checked(repository, options.tag), ...built };
  return { repository, tag: built.manifest.digest, ...built };
}

function readSize(where: string, given: Size, problems: Problem[]): number {
  const bytes = parseSize(given);
  if (bytes !== undefined && bytes >= LEAST) return bytes;
  problems.push({ where, what: `${JSON.stringify(given)} is no size of at least ${LEAST} bytes`, fix: "bytes, or text such as '1KiB'" });
  return LEAST;
}

/** The manifest of the subject as a descriptor; asked from the registry where nothing but its name is known. */
async function subjectOf(vu: VU, image: ImageRef | PushImage): Promise<{ repository: string; subject: Descriptor }> {
  const { repository } = image;
  if (isBuilt(image)) return { repository, subject: descriptorOfManifest(image.manifest) };
  if ('layers' in image) return { repository, subject: descriptorOfManifest(imageOf(image as SeededImage).manifest) };
  const target = targetOf(image);
  const { digest, size, mediaType } = await vu.registry.manifests.head(repository, target.reference);
  if (digest === undefined || size === undefined) {
    const name = formatReference(image);
    throw new FlowError('SUBJECT_UNKNOWN', `the registry does not say digest and size of ${name} on HEAD, so nothing can refer to it`);
  }
  return { repository, subject: { mediaType, digest, size } };
}

function isBuilt(image: ImageRef | PushImage): image is PushImage {
  return 'manifest' in image && typeof image.manifest === 'object';
}

function descriptorOfManifest({ mediaType, digest, bytes }: PushImage['manifest']): Descriptor {
  return { mediaType, digest, size: bytes.length };
}
