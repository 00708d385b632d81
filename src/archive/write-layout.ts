import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** A file that holds a blob. */
export interface BlobFile {
  readonly digest: string;
  readonly path: string;
}

/** What a layout of one image is made of. */
export interface LayoutContent {
  /** The manifest, byte for byte. */
  readonly manifest: { readonly bytes: Uint8Array; readonly mediaType: string; readonly digest: string };
  /** Config and layers. The files are moved: they have to be on the same file system. */
  readonly blobs: readonly BlobFile[];
  /** Tag that the image gets; undefined: none. */
  readonly tag: string | undefined;
}

/** Fills an empty folder as an OCI image layout (image-spec `image-layout.md`). */
export async function writeOciLayout(folder: string, { manifest, blobs, tag }: LayoutContent): Promise<void> {
  const place = async (digest: string) => {
    const [algorithm = '', hex = ''] = digest.split(':');
    await mkdir(path.join(folder, 'blobs', algorithm), { recursive: true });
    return path.join(folder, 'blobs', algorithm, hex);
  };
  for (const blob of blobs) await rename(blob.path, await place(blob.digest));
  await writeFile(await place(manifest.digest), manifest.bytes);
  const annotations = tag === undefined ? {} : { annotations: { 'org.opencontainers.image.ref.name': tag } };
  const entry = { mediaType: manifest.mediaType, digest: manifest.digest, size: manifest.bytes.length, ...annotations };
  const index = { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests: [entry] };
  await writeFile(path.join(folder, 'index.json'), JSON.stringify(index));
  await writeFile(path.join(folder, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
}
