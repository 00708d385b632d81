/**
 * Signed images with an SBOM: what a build pipeline pushes today, and what a policy engine asks for before it lets an image run.
 *
 *   loadreg run scenarios/artifacts.ts --registry http://localhost:5000
 *
 * Each iteration pushes a fresh image, attaches artifacts to it (manifests with `subject`, OCI image-spec 1.1), lists its referrers, and fetches
 * the first SBOM. A registry without the referrers API gets and is asked for the tag that stands for it, as clients do it.
 *
 * Knobs (-e NAME=VALUE):
 *   LAYERS      sizes of the image's layers         64KiB,1MiB
 *   SIGNATURES  signatures of an image, up to 1000  1
 *   SIGNATURE   size of each                        1KiB
 *   SBOMS       SBOMs of an image, 1 to 1000        1
 *   SBOM        size of each                        256KiB
 */
import { check, images, knobs, type Options, pull, push, type VU } from 'loadreg';

export const options: Options = {
  vus: 10,
  iterations: 300,
  duration: '10m', // with iterations: the longest that they may take
  thresholds: {
    http_req_failed: ['rate<0.001'],
    flow_failed: ['rate<0.001'],
    checks: ['rate==1'],
  },
};

const SIGNATURE = 'application/vnd.loadreg.signature';
const SBOM = 'application/vnd.loadreg.sbom';

/** What the knobs say. */
function wanted(vu: VU) {
  return {
    layers: (vu.env.LAYERS ?? '64KiB,1MiB').split(','),
    signatures: knobs.number(vu, 'SIGNATURES', 1, { most: 1000, whole: true }),
    signature: knobs.size(vu, 'SIGNATURE', '1KiB', { least: 16 }),
    sboms: knobs.number(vu, 'SBOMS', 1, { least: 1, most: 1000, whole: true }),
    sbom: knobs.size(vu, 'SBOM', '256KiB', { least: 16 }),
  };
}

/** Nothing to prepare; a knob that cannot be meant ends the run here, before the load. */
export async function setup(vu: VU) {
  await images.synthetic(vu, { layers: wanted(vu).layers, compression: 'gzip', fresh: true });
}

export default async function (vu: VU) {
  const { layers, signatures, signature, sboms, sbom } = wanted(vu);
  const image = await images.synthetic(vu, { layers, compression: 'gzip', fresh: true });
  if (!(await push(vu, image)).ok) return;

  const artifacts = [
    ...Array.from({ length: signatures }, () => ({ artifactType: SIGNATURE, layers: [signature] })),
    ...Array.from({ length: sboms }, () => ({ artifactType: SBOM, layers: [sbom] })),
  ];
  const attached: string[] = [];
  for (const artifact of artifacts) {
    const pushed = await push(vu, await images.artifact(vu, { subject: image, ...artifact }));
    if (!pushed.ok) return;
    attached.push(pushed.digest);
  }

  const { repository, manifest } = image;
  const all = await vu.registry.referrers.list(repository, manifest.digest);
  const ofType = await vu.registry.referrers.list(repository, manifest.digest, { artifactType: SBOM });
  check(vu, all.manifests, {
    'lists what was attached': (list) => attached.every((digest) => list.some((entry) => entry.digest === digest)),
  });
  check(vu, ofType.manifests, { 'filters by type': (list) => list.length === sboms });
  const [first] = ofType.manifests;
  if (first !== undefined) await pull(vu, { repository, digest: first.digest });
}
