import { describe, expect, it } from 'vitest';
import { type ArtifactSpec, buildArtifact } from '../../src/image/index.ts';

const subject = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: `sha256:${'a'.repeat(64)}`, size: 400 };
const spec: ArtifactSpec = {
  artifactType: 'application/vnd.example.sbom',
  subject,
  layers: [{ size: 100, key: ['a'] }],
  layerType: 'text/plain',
};
const manifestOf = async (more: Partial<ArtifactSpec> = {}) => {
  const { manifest, config, layers } = await buildArtifact({ ...spec, ...more });
  return { manifest: JSON.parse(manifest.bytes.toString()) as Record<string, unknown>, config, layers };
};

describe('buildArtifact', () => {
  it('writes the manifest of the image-spec: an artifact type, the empty config, and the subject', async () => {
    const { manifest, layers } = await manifestOf({ annotations: { 'org.example': 'yes' } });
    expect(manifest).toEqual({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      artifactType: 'application/vnd.example.sbom',
      config: {
        mediaType: 'application/vnd.oci.empty.v1+json',
        digest: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
        size: 2,
      },
      layers: [{ mediaType: 'text/plain', digest: layers[0]?.digest, size: 100 }],
      subject,
      annotations: { 'org.example': 'yes' },
    });
  });

  it('has the empty blob for a layer when it has no files', async () => {
    const { layers, config } = await manifestOf({ layers: [] });
    expect(layers).toEqual([config]);
  });
});
