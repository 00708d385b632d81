import { type Descriptor, MEDIA_TYPES } from '../registry/index.ts';
import { type BuiltImage, bytesBlob, descriptorOf, type ImageBlob, imageOfBytes, json } from './image.ts';
import { buildLayer, type LayerCache, type LayerSpec } from './layer.ts';

/** What decides an artifact: a signature, an SBOM, a scan result, tied to an image by `subject`. */
export interface ArtifactSpec {
  /** Media type that referrers are filtered by: `application/vnd.example.signature`. */
  readonly artifactType: string;
  /** The manifest that it belongs to. */
  readonly subject: Descriptor;
  /** Its files. */
  readonly layers: readonly (LayerSpec & { readonly fresh?: boolean })[];
  /** Media type of the files. */
  readonly layerType: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** The empty config and the empty layer of an artifact (OCI image-spec manifest.md, "Guidance for an Empty Descriptor"). */
const EMPTY = Buffer.from('{}');

/** Makes an artifact manifest as the OCI image-spec 1.1 has it: an image manifest with an artifact type, an empty config and a subject. */
export async function buildArtifact(spec: ArtifactSpec, cache?: LayerCache): Promise<BuiltImage> {
  const config = bytesBlob(EMPTY, MEDIA_TYPES.ociEmpty, false);
  const layers: ImageBlob[] = [];
  for (const layer of spec.layers) {
    const { digest, size, body } = await buildLayer(layer, cache);
    layers.push({ digest, size, body, mediaType: spec.layerType, fresh: layer.fresh ?? false });
  }
  if (layers.length === 0) layers.push(config); // one there must be
  const manifest = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.ociManifest,
    artifactType: spec.artifactType,
    config: descriptorOf(config),
    layers: layers.map(descriptorOf),
    subject: descriptorOf(spec.subject),
    ...(spec.annotations === undefined ? {} : { annotations: spec.annotations }),
  };
  return { ...imageOfBytes(json(manifest), MEDIA_TYPES.ociManifest, { layers, config }), subject: spec.subject };
}
