import { describe, expect, it } from 'vitest';
import { type PullOptions, pull, type VerifyPolicy } from '../../src/flow/index.ts';
import { digestOf, MEDIA_TYPES } from '../../src/registry/index.ts';
import { blob, imageServer, manifest, type Reply } from './support/image-server.ts';
import { testVu } from './support/vu.ts';

const config = blob('{"os":"linux"}', MEDIA_TYPES.ociConfig);
const base = blob('base layer');
const top = blob('t'.repeat(1_500_000));
const image = manifest({
  mediaType: MEDIA_TYPES.ociManifest,
  config: config.descriptor,
  layers: [base.descriptor, top.descriptor, base.descriptor],
});
const digest = digestOf(image);
const blobPath = (of: { descriptor: { digest: string } }) => `team/app/blobs/${of.descriptor.digest}`;

/** The image at team/app:1.0, with some answers replaced. */
function served(replaced: Readonly<Record<string, Reply>> = {}) {
  const reply = { bytes: image, type: MEDIA_TYPES.ociManifest };
  return imageServer({
    'team/app/manifests/1.0': reply,
    [`team/app/manifests/${digest}`]: reply,
    [blobPath(config)]: { bytes: config.bytes },
    [blobPath(base)]: { bytes: base.bytes },
    [blobPath(top)]: { bytes: top.bytes },
    ...replaced,
  });
}

async function pulled(replaced: Readonly<Record<string, Reply>> = {}, options: PullOptions = {}, ref = 'team/app:1.0') {
  const server = await served(replaced);
  const test = testVu(server.url);
  return { result: await pull(test.vu, ref, options), ...test, requests: server.requests };
}

describe('pull', () => {
  it('fetches manifest by tag, config and each layer once, and says what it got', async () => {
    const { result, requests, seen } = await pulled();
    expect(result).toMatchObject({
      ok: true,
      code: '',
      reference: 'team/app:1.0',
      digest,
      mediaType: MEDIA_TYPES.ociManifest,
      config: config.descriptor,
      layers: [base.descriptor, top.descriptor],
      bytes: image.length + config.bytes.length + base.bytes.length + top.bytes.length,
    });
    expect(requests.slice(0, 3)).toEqual(['HEAD team/app/manifests/1.0', `GET team/app/manifests/${digest}`, `GET ${blobPath(config)}`]);
    expect(requests.slice(3).toSorted()).toEqual([`GET ${blobPath(base)}`, `GET ${blobPath(top)}`].toSorted());
    expect(seen.flows).toMatchObject([{ flow: 'pull', code: '' }]);
    expect(seen.flows[0]?.durationUs).toBeGreaterThan(100);
    expect(seen.throughputs).toMatchObject([{ operation: 'blob_get' }]);
    expect(seen.failedFlows).toBe(0);
  });

  it.each([
    ['by tag, without the HEAD', 'team/app:1.0', { head: false, only: 'manifest' }, ['GET team/app/manifests/1.0']],
    ['by digest, with nothing to ask for first', `team/app@${digest}`, { only: 'manifest' }, [`GET team/app/manifests/${digest}`]],
    ['the manifest alone', 'team/app:1.0', { only: 'manifest' }, ['HEAD team/app/manifests/1.0', `GET team/app/manifests/${digest}`]],
  ] satisfies [string, string, PullOptions, string[]][])('can pull %s', async (_, ref, options, expected) => {
    const { result, requests } = await pulled({}, options, ref);
    expect(result).toMatchObject({ ok: true, digest, layers: [base.descriptor, top.descriptor] });
    expect(requests).toEqual(expected);
  });

  it('takes an ImageRef by its tag, and `latest` where nothing is named', async () => {
    const server = await served();
    const { vu } = testVu(server.url);
    expect(await pull(vu, { repository: 'team/app', tag: '1.0', digest: `sha256:${'0'.repeat(64)}` })).toMatchObject({ ok: true, digest });
    expect(await pull(vu, 'team/app')).toMatchObject({ ok: false, code: 'HTTP_404', reference: 'team/app:latest' });
  });

  it('has at most three layers on their way at once', async () => {
    const layers = Array.from({ length: 8 }, (_, i) => blob(`layer ${i}`));
    const bytes = manifest({ mediaType: MEDIA_TYPES.ociManifest, config: config.descriptor, layers: layers.map((l) => l.descriptor) });
    let now = 0;
    let most = 0;
    const slow =
      (content: Buffer): Reply =>
      (_, response) => {
        now += 1;
        most = Math.max(most, now);
        setTimeout(() => {
          now -= 1;
          response.end(content);
        }, 20);
      };
    const { result } = await pulled({
      'team/app/manifests/1.0': { bytes, type: MEDIA_TYPES.ociManifest },
      [`team/app/manifests/${digestOf(bytes)}`]: { bytes, type: MEDIA_TYPES.ociManifest },
      ...Object.fromEntries(layers.map((layer) => [blobPath(layer), slow(layer.bytes)])),
    });
    expect(result.ok).toBe(true);
    expect(most).toBe(3);
  });
});

const entry = (architecture: string, to: string, variant?: string) => ({
  mediaType: MEDIA_TYPES.ociManifest,
  digest: to,
  size: image.length,
  platform: { os: 'linux', architecture, ...(variant === undefined ? {} : { variant }) },
});
const index = (entries: unknown[]) => ({
  bytes: manifest({ mediaType: MEDIA_TYPES.ociIndex, manifests: entries }),
  type: MEDIA_TYPES.ociIndex,
});
const under = (reply: { bytes: Buffer; type: string }) => ({
  'team/app/manifests/1.0': reply,
  [`team/app/manifests/${digestOf(reply.bytes)}`]: reply,
});
describe('pull of an index', () => {
  const other = `sha256:${'1'.repeat(64)}`;

  it.each([
    ['linux/amd64 unless told otherwise', {}, [entry('arm64', other), entry('amd64', digest)]],
    ['the platform asked for', { platform: 'linux/arm64' }, [entry('amd64', other), entry('arm64', digest)]],
    ['the variant asked for', { platform: 'linux/arm/v7' }, [entry('arm', other, 'v6'), entry('arm', digest, 'v7')]],
    ['a platform given in parts', { platform: { os: 'linux', architecture: 's390x' } }, [entry('s390x', digest)]],
  ] satisfies [string, PullOptions, unknown[]][])('goes on to %s', async (_, options, entries) => {
    const { result } = await pulled(under(index(entries)), options);
    expect(result).toMatchObject({ ok: true, digest, layers: [base.descriptor, top.descriptor] });
  });

  it('fails when the platform is not there, and says which are', async () => {
    const { result, seen } = await pulled(under(index([entry('arm64', other, 'v8'), entry('s390x', other)])));
    expect(result).toMatchObject({ ok: false, code: 'PLATFORM_NOT_FOUND', layers: [] });
    expect(result.message).toBe('the index has no linux/amd64; it has linux/arm64/v8, linux/s390x');
    expect(seen.flows).toMatchObject([{ code: 'PLATFORM_NOT_FOUND' }]);
    expect(seen.failedFlows).toBe(1);
  });

  it('does not follow indexes without end', async () => {
    let reply = index([entry('amd64', digest)]);
    const all: Record<string, Reply> = {};
    for (let depth = 0; depth < 6; depth += 1) {
      all[`team/app/manifests/${digestOf(reply.bytes)}`] = reply;
      reply = index([entry('amd64', digestOf(reply.bytes))]);
    }
    expect((await pulled({ ...all, ...under(reply) })).result).toMatchObject({ ok: false, code: 'INDEX_TOO_DEEP' });
  });
});

describe('pull of a schema 1 image', () => {
  it('takes the layers bottom first, each once, and learns their sizes', async () => {
    const bytes = Buffer.from(
      JSON.stringify({
        schemaVersion: 1,
        fsLayers: [top, base, base].map((layer) => ({ blobSum: layer.descriptor.digest })),
        signatures: [{}],
      }),
    );
    const payload = `sha256:${'5'.repeat(64)}`;
    const reply = { bytes, type: MEDIA_TYPES.dockerSchema1Signed, digest: payload };
    const { result, requests } = await pulled({ 'team/app/manifests/1.0': reply, [`team/app/manifests/${payload}`]: reply });
    expect(result).toMatchObject({ ok: true, digest: payload, config: undefined, mediaType: MEDIA_TYPES.dockerSchema1Signed });
    expect(result.layers.map((layer) => [layer.digest, layer.size])).toEqual(
      [base, top].map((layer) => [layer.descriptor.digest, layer.bytes.length]),
    );
    expect(requests).toHaveLength(4);
  });
});

describe('pull of broken content', () => {
  const corrupt = Buffer.from('base lAyer');
  const cut: Reply = (_, response) => {
    response.writeHead(200, { 'content-length': top.bytes.length });
    response.write(top.bytes.subarray(0, 1000), () => response.destroy());
  };

  it.each([
    ['a corrupted layer', 'DIGEST_MISMATCH', 1, { [blobPath(base)]: { bytes: corrupt } }],
    ['a layer of the wrong size', 'SIZE_MISMATCH', 1, { [blobPath(base)]: { bytes: corrupt.subarray(1) } }],
    ['a corrupted config', 'DIGEST_MISMATCH', 1, { [blobPath(config)]: { bytes: Buffer.from('{"os":"LINUX"}') } }],
    [
      'a corrupted manifest',
      'DIGEST_MISMATCH',
      1,
      { [`team/app/manifests/${digest}`]: { bytes: Buffer.concat([image, image]), type: MEDIA_TYPES.ociManifest } },
    ],
    ['a truncated layer', 'BODY_TRUNCATED', 0, { [blobPath(top)]: cut }],
    [
      'a missing layer',
      'BLOB_UNKNOWN',
      0,
      { [blobPath(base)]: (_, response) => void response.writeHead(404).end(JSON.stringify({ errors: [{ code: 'BLOB_UNKNOWN' }] })) },
    ],
    [
      'a manifest that is none',
      'MANIFEST_UNUSABLE',
      0,
      { 'team/app/manifests/1.0': { bytes: Buffer.from('<html>'), type: 'text/html', digest: 'none' } },
    ],
    [
      'a registry in trouble',
      'HTTP_503',
      0,
      { [`team/app/manifests/${digest}`]: (_, response) => void response.writeHead(503).end('busy') },
    ],
  ] satisfies [string, string, number, Record<string, Reply>][])('counts %s as %s', async (_, code, mismatches, replaced) => {
    const { result, seen } = await pulled(replaced);
    expect(result).toMatchObject({ ok: false, code, reference: 'team/app:1.0' });
    expect(result.message).not.toBe('');
    expect(seen.flows).toMatchObject([{ flow: 'pull', code }]);
    expect(seen.exchanges.filter(({ errorCode }) => /^(DIGEST|SIZE)_MISMATCH$/.test(errorCode))).toHaveLength(mismatches);
    expect(seen.exchanges.filter(({ expected }) => !expected)).toHaveLength(code === 'MANIFEST_UNUSABLE' ? 0 : 1);
  });

  it('is told as data when the image is not there', async () => {
    const { result, seen } = await pulled({}, { head: false }, 'team/none:1.0');
    expect(result).toMatchObject({ ok: false, code: 'MANIFEST_UNKNOWN', digest: '', layers: [], bytes: 0 });
    expect(seen.failedFlows).toBe(1);
  });

  it('leaves nothing at work behind: no request ends after the flow', async () => {
    const layers = Array.from({ length: 6 }, (_, i) => blob(`layer ${i}`));
    const bytes = manifest({ mediaType: MEDIA_TYPES.ociManifest, config: config.descriptor, layers: layers.map((l) => l.descriptor) });
    const { seen, requests, result } = await pulled({
      'team/app/manifests/1.0': { bytes, type: MEDIA_TYPES.ociManifest },
      [`team/app/manifests/${digestOf(bytes)}`]: { bytes, type: MEDIA_TYPES.ociManifest },
      ...Object.fromEntries(
        layers.map((l) => [blobPath(l), (_, response) => void setTimeout(() => response.end(l.bytes), 30)] satisfies [string, Reply]),
      ),
      [blobPath(layers[0] as (typeof layers)[0])]: { bytes: Buffer.from('wrong!!') },
    });
    expect(result.code).toBe('DIGEST_MISMATCH');
    const atTheEnd = seen.exchanges.length;
    expect(atTheEnd).toBe(requests.length);
    expect(atTheEnd).toBe(6); // HEAD, GET, config, and the three layers that were under way
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(seen.exchanges).toHaveLength(atTheEnd);
  });
});

describe('verify', () => {
  const corrupted = { [blobPath(base)]: { bytes: Buffer.from('base lAyer') } };
  const short = { [blobPath(base)]: { bytes: Buffer.from('base') } };

  it.each([
    ['full', 'finds wrong bytes', corrupted, 'DIGEST_MISMATCH'],
    ['sampled:1', 'finds wrong bytes', corrupted, 'DIGEST_MISMATCH'],
    ['sampled:0', 'overlooks wrong bytes', corrupted, ''],
    ['sampled:0', 'finds a wrong size', short, 'SIZE_MISMATCH'],
    ['size', 'overlooks wrong bytes', corrupted, ''],
    ['size', 'finds a wrong size', short, 'SIZE_MISMATCH'],
    ['off', 'overlooks wrong bytes', corrupted, ''],
    ['off', 'overlooks a wrong size', short, ''],
  ] satisfies [VerifyPolicy, string, Record<string, Reply>, string][])('%s %s', async (verify, _, replaced, code) => {
    expect((await pulled(replaced, { verify })).result.code).toBe(code);
  });

  it('takes the policy of the run', async () => {
    const { url } = await served(corrupted);
    expect(await pull(testVu(url, { settings: { verify: 'size' } }).vu, 'team/app:1.0')).toMatchObject({ ok: true });
  });

  it('samples about the share asked for, without touching the choices of the scenario', async () => {
    const { url } = await served(corrupted);
    let caught = 0;
    for (let id = 0; id < 60; id += 1) {
      const { vu } = testVu(url, { id });
      const before = testVu(url, { id }).vu.random.next();
      if (!(await pull(vu, 'team/app:1.0', { verify: 'sampled:0.5' })).ok) caught += 1;
      expect(vu.random.next()).toBe(before);
    }
    expect(caught).toBeGreaterThan(15);
    expect(caught).toBeLessThan(45);
  });

  it('refuses a policy that is none', async () => {
    const { url } = await served();
    await expect(pull(testVu(url).vu, 'team/app:1.0', { verify: 'sampled:2' })).rejects.toThrow(/no way to verify/);
  });
});
