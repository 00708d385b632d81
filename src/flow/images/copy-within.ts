import { isForeignLayer, type UploadSession } from '../../registry/index.ts';
import type { PushImage } from '../push.ts';
import { eachAtMost } from '../transfer.ts';
import type { VU } from '../vu.ts';
import { leavesOf } from './leaves.ts';

/**
 * Copies the blobs of an image from one repository of a host to another: mounts them where `from` names a repository of the same registry, else
 * sends them chunk by chunk. Each chunk is at hand before its request begins: a body that waits for a download on the same few connections
 * could wait for ever.
 */
export async function copyWithin(vu: VU, image: PushImage, from: string | undefined): Promise<void> {
  const blobs = new Map(leavesOf(image).flatMap(({ layers, config }) => [...layers, config].map((blob) => [blob.digest, blob])));
  const { uploads, blobs: stored } = vu.registry;
  const { repository } = image;
  await eachAtMost(vu.internals.settings.layerConcurrency, [...blobs.values()], async ({ digest, mediaType, body }) => {
    if (body === undefined || isForeignLayer(mediaType)) return;
    if ((await stored.exists(repository, digest)) !== undefined) return;
    let session: UploadSession | undefined;
    if (from !== undefined && from !== repository) {
      const mount = await uploads.mount(repository, digest, from);
      if (mount.mounted) return;
      session = mount.session;
    }
    session ??= await uploads.start(repository);
    for await (const chunk of body.open()) session = await uploads.chunk(session, chunk, session.offset);
    await uploads.finish(session, digest);
  });
}
