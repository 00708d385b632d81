/**
 * Signed images with an SBOM: what a build pipeline pushes today, and what a policy engine asks for before it lets an image run.
 *
 *   loadreg run scenarios/artifacts.ts --registry http://localhost:5000
 *
 * Each iteration pushes a fresh image, attaches artifacts to it (manifests with `subject`, OCI image-spec 1.1), lists its referrers, and fetches
 * the first SBOM. A registry without the referrers API gets and is asked for the tag that stands for it, as clients do it.
 *
 * Knobs (-e NAME=VALUE):
 *   LAYERS      sizes of the image's layers       64KiB,1MiB
 *   SIGNATURES  signatures of an image            1
 *   SIGNATURE   size of each                      1KiB
 *   SBOMS       SBOMs of an image, at least one   1
 *   SBOM        size of each                      256KiB
 */
import { check, images, type Options, pull, push, type VU } from 'loadreg';

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

export default async function (vu: VU) {
  const { env } = vu;
  const image = await images.synthetic(vu, { layers: (env.LAYERS ?? '64KiB,1MiB').split(','), compression: 'gzip', fresh: true });
  if (!(await push(vu, image)).ok) return;

  const wanted = [
    ...Array.from({ length: Number(env.SIGNATURES ?? 1) }, () => ({ artifactType: SIGNATURE, layers: [env.SIGNATURE ?? '1KiB'] })),
    ...Array.from({ length: Number(env.SBOMS ?? 1) }, () => ({ artifactType: SBOM, layers: [env.SBOM ?? '256KiB'] })),
  ];
  const attached: string[] = [];
  for (const artifact of wanted) {
    const pushed = await push(vu, await images.artifact(vu, { subject: image, ...artifact }));
    if (!pushed.ok) return;
    attached.push(pushed.digest);
  }

  const { repository, manifest } = image;
  const all = await vu.registry.referrers.list(repository, manifest.digest);
  const sboms = await vu.registry.referrers.list(repository, manifest.digest, { artifactType: SBOM });
  check(vu, all.manifests, {
    'lists what was attached': (list) => attached.every((digest) => list.some((entry) => entry.digest === digest)),
  });
  check(vu, sboms.manifests, { 'filters by type': (list) => list.length === Number(env.SBOMS ?? 1) });
  const [sbom] = sboms.manifests;
  if (sbom !== undefined) await pull(vu, { repository, digest: sbom.digest });
}
