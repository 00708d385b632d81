import { describe, expect, it } from 'vitest';
import { ManifestError, MEDIA_TYPES, parseManifest } from '../../src/registry/index.ts';

const DIGEST = `sha256:${'0'.repeat(64)}`;
const descriptor = (more: Record<string, unknown> = {}) => ({ mediaType: MEDIA_TYPES.ociLayerGzip, digest: DIGEST, size: 10, ...more });
const image = (more: Record<string, unknown> = {}) => ({ schemaVersion: 2, config: descriptor(), layers: [descriptor()], ...more });
const read = (value: unknown, mediaType: string = MEDIA_TYPES.ociManifest) => parseManifest(Buffer.from(JSON.stringify(value)), mediaType);

describe('parseManifest', () => {
  it('reads an image', () => {
    const manifest = read(
      image({
        mediaType: MEDIA_TYPES.ociManifest,
        layers: [descriptor({ urls: ['http://x'], annotations: { a: 'b' } }), descriptor({ size: 0 })],
        subject: descriptor(),
        artifactType: 'a/b',
        annotations: { made: 'here' },
        unknown: [{}],
      }),
    );
    expect(manifest).toEqual({
      kind: 'image',
      mediaType: MEDIA_TYPES.ociManifest,
      config: descriptor(),
      layers: [descriptor({ urls: ['http://x'], annotations: { a: 'b' } }), descriptor({ size: 0 })],
      subject: descriptor(),
      artifactType: 'a/b',
      annotations: { made: 'here' },
    });
  });

  it('reads an index with platforms', () => {
    const entry = descriptor({ mediaType: MEDIA_TYPES.ociManifest, platform: { os: 'linux', architecture: 'arm64', variant: 'v8' } });
    expect(read({ schemaVersion: 2, manifests: [entry] }, MEDIA_TYPES.ociIndex)).toEqual({
      kind: 'index',
      mediaType: MEDIA_TYPES.ociIndex,
      manifests: [entry],
    });
    expect(read({ manifests: [] }, MEDIA_TYPES.dockerManifestList)).toMatchObject({ kind: 'index', manifests: [] });
  });

  it('reads schema 1, repeats and order kept', () => {
    const other = `sha256:${'1'.repeat(64)}`;
    const manifest = { schemaVersion: 1, fsLayers: [{ blobSum: DIGEST }, { blobSum: other }, { blobSum: DIGEST }], history: [] };
    expect(read(manifest, MEDIA_TYPES.dockerSchema1Signed)).toMatchObject({ kind: 'schema1', fsLayers: [DIGEST, other, DIGEST] });
    expect(read(manifest, 'text/plain')).toMatchObject({ kind: 'schema1' });
  });

  it.each([
    ['parameters of Content-Type', image(), `${MEDIA_TYPES.ociManifest}; charset=utf-8`, 'image'],
    ['a Content-Type that is no manifest type', image({ mediaType: MEDIA_TYPES.dockerManifest }), 'application/json', 'image'],
    ['nothing but its shape, an image', image(), '', 'image'],
    ['nothing but its shape, an index', { manifests: [] }, '', 'index'],
  ])('goes by %s', (_, manifest, contentType, kind) => {
    expect(read(manifest, contentType).kind).toBe(kind);
  });

  it.each([
    ['null', null, 'it is null, not an object'],
    ['a list', [], 'it is a list'],
    ['a number', 7, 'it is 7'],
    ['no kind', {}, 'neither an image nor an index', 'application/json'],
    ['a config missing', image({ config: undefined }), 'config is missing'],
    ['layers missing', image({ layers: undefined }), 'layers is missing'],
    ['layers null', image({ layers: null }), 'layers is null'],
    ['a layer null', image({ layers: [null] }), 'layers[0] is null'],
    ['a negative size', image({ layers: [descriptor(), descriptor({ size: -1 })] }), 'layers[1].size is -1'],
    ['a fractional size', image({ layers: [descriptor({ size: 1.5 })] }), 'layers[0].size is 1.5'],
    ['a size beyond whole numbers', image({ layers: [descriptor({ size: 1e300 })] }), 'layers[0].size is 1e+300'],
    ['a size as text', image({ layers: [descriptor({ size: '10' })] }), 'layers[0].size is "10"'],
    ['an unknown algorithm', image({ layers: [descriptor({ digest: `md5:${'0'.repeat(32)}` })] }), 'layers[0].digest is "md5:'],
    ['a digest that climbs', image({ layers: [descriptor({ digest: '../../etc/passwd' })] }), 'not a sha256 or sha512 digest'],
    ['a digest missing', image({ config: { mediaType: 'x', size: 1 } }), 'config.digest is missing'],
    ['a media type missing', image({ config: descriptor({ mediaType: undefined }) }), 'config.mediaType is missing'],
    ['a media type as number', image({ config: descriptor({ mediaType: 1 }) }), 'config.mediaType is 1, not a text'],
    ['another type than sent', image({ mediaType: MEDIA_TYPES.ociIndex }), `but it was sent as "${MEDIA_TYPES.ociManifest}"`],
    ['its own type as list', image({ mediaType: [] }), 'mediaType is a list'],
    ['urls that are no list', image({ layers: [descriptor({ urls: {} })] }), 'layers[0].urls is an object'],
    ['annotations that are no texts', image({ annotations: { a: 1 } }), 'annotations["a"] is 1'],
    [
      'a platform that is a text',
      { manifests: [descriptor({ platform: 'linux' })] },
      'manifests[0].platform is "linux"',
      MEDIA_TYPES.ociIndex,
    ],
    ['a subject that is a text', image({ subject: 'x' }), 'subject is "x"'],
    ['fsLayers without blobSum', { schemaVersion: 1, fsLayers: [{}] }, 'fsLayers[0].blobSum is missing', MEDIA_TYPES.dockerSchema1],
  ])('refuses %s by naming it', (_, manifest, message, contentType = MEDIA_TYPES.ociManifest) => {
    expect(() => read(manifest, contentType)).toThrow(ManifestError);
    expect(() => read(manifest, contentType)).toThrow(message);
  });

  it.each([
    ['no JSON', Buffer.from('<html>')],
    ['no bytes', Buffer.alloc(0)],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x7b])],
    ['deep nesting', Buffer.from('['.repeat(200_000))],
    ['deep nesting that ends', Buffer.from(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)],
    ['a prototype', Buffer.from('{"__proto__":{"config":1},"layers":[]}')],
  ])('refuses %s', (_, bytes) => {
    expect(() => parseManifest(bytes, MEDIA_TYPES.ociManifest)).toThrow(ManifestError);
  });

  it('never throws anything but a ManifestError, whatever single field is broken', () => {
    const values = [null, undefined, 0, -1, 'x', true, [], {}, [null], [[]], { a: null }];
    const fields = ['mediaType', 'config', 'layers', 'subject', 'annotations', 'artifactType', 'manifests', 'fsLayers', 'schemaVersion'];
    const types = ['', MEDIA_TYPES.ociManifest, MEDIA_TYPES.ociIndex, MEDIA_TYPES.dockerSchema1];
    const wrong = types.flatMap((type) =>
      fields.flatMap((field) =>
        values.map((value) => failureOf(() => read(image({ [field]: value }), type))).filter((error) => error !== undefined),
      ),
    );
    expect(wrong.length).toBeGreaterThan(100);
    expect(wrong.filter((error) => !(error instanceof ManifestError))).toEqual([]);
  });
});

function failureOf(work: () => unknown): unknown {
  try {
    work();
    return undefined;
  } catch (error) {
    return error;
  }
}
