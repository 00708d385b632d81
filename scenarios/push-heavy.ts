/**
 * What a registry does while the builds run: many hosts push, each to repositories of this run alone.
 *
 *   loadreg run scenarios/push-heavy.ts --registry http://localhost:5000
 *
 * A fixed amount of work, so that two runs write the same bytes: 3 000 pushes by 50 VUs, most of them one fresh layer on an image that is
 * there, some whole new images, some new tags. That is about 6 GiB; see --max-write, and --cleanup to remove the manifests at the end.
 *
 * Knobs (-e NAME=VALUE):
 *   REPOSITORIES  images that fresh layers and tags go on top of   10
 *   LAYERS        sizes of the layers of a new image               512B,8KiB,256KiB,1MiB,4MiB
 *   BASE          size of the shared layer below them              10MiB
 *   FRESH_LAYER   size of the fresh layer                          1MiB
 *   MIX           shares of: fresh layer, new image, re-tag        60,25,15
 *   MODE          monolithic, stream, chunked or single-post       monolithic
 */
import { images, knobs, type Options, push, type VU } from 'loadreg';

export const options: Options = {
  vus: 50,
  iterations: 3000,
  duration: '30m', // with iterations: the longest that they may take
  thresholds: {
    http_req_failed: ['rate<0.001'],
    flow_failed: ['rate<0.001'],
  },
};

function content(vu: VU) {
  return {
    layers: (vu.env.LAYERS ?? '512B,8KiB,256KiB,1MiB,4MiB').split(','),
    base: { size: vu.env.BASE ?? '10MiB', count: 5 },
  };
}

/** What each push goes by: read in setup too, so that what is wrong with it is told before the load. */
const choices = (vu: VU) => ({
  freshLayer: knobs.size(vu, 'FRESH_LAYER', '1MiB', { least: 16 }),
  shares: knobs.shares(vu, 'MIX', [60, 25, 15]),
  mode: knobs.word(vu, 'MODE', ['monolithic', 'stream', 'chunked', 'single-post']),
});

export async function setup(vu: VU) {
  choices(vu);
  const repositories = knobs.number(vu, 'REPOSITORIES', 10, { least: 1, whole: true });
  return { own: await images.seed(vu, { ...content(vu), repositories, fresh: true }) };
}

/** What one push sends. All of it is made on the spot: no content was ever in the registry before. */
async function nextImage(vu: VU, data: Awaited<ReturnType<typeof setup>>) {
  const { shares, freshLayer } = choices(vu);
  const on = vu.random.pick(data.own);
  switch (vu.random.weighted(['layer', 'image', 'tag'] as const, shares)) {
    case 'layer':
      return images.fresh(vu, { on, layers: [freshLayer] });
    case 'image':
      return images.fresh(vu, content(vu));
    default:
      return images.retag(vu, on);
  }
}

export default async function (vu: VU, data: Awaited<ReturnType<typeof setup>>) {
  await push(vu, await nextImage(vu, data), { mode: choices(vu).mode });
}
