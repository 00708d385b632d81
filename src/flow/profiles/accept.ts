import type { RequestHeaders } from '../../http/index.ts';
import type { ManifestOptions } from '../../registry/index.ts';
import type { ClientProfile } from './profile.ts';

/** What does not depend on what a client was told, made once: joining the types for each request took 1 % of a small pull. */
interface Standing {
  readonly byTag: ManifestOptions;
  readonly whole: RequestHeaders;
  readonly range: RequestHeaders;
}

const standing = new WeakMap<ClientProfile, Standing>();

function standingOf(profile: ClientProfile): Standing {
  let made = standing.get(profile);
  if (made === undefined) {
    const { accept, acceptEncoding } = profile;
    made = {
      byTag: {
        accept: accept.lines === 'joined' ? accept.manifests.join(', ') : accept.manifests,
        acceptEncoding: acceptEncoding.whole ?? '',
      },
      whole: blobFields(accept.blobs === 'any' ? '*/*' : undefined, acceptEncoding.whole),
      range: blobFields(accept.blobs === 'any' ? '*/*' : undefined, acceptEncoding.range),
    };
    standing.set(profile, made);
  }
  return made;
}

/** How the client asks for a manifest: by tag, or (with the media type that it was told) by digest. */
export function manifestOptions(profile: ClientProfile, toldType: string | undefined): ManifestOptions {
  const { accept, acceptEncoding } = profile;
  if (toldType === undefined || toldType === '' || accept.manifestByDigest === 'same') return standingOf(profile).byTag;
  const byDigest = accept.manifestByDigest === 'descriptor' ? toldType : `${toldType}, */*`;
  return { accept: byDigest, acceptEncoding: acceptEncoding.whole ?? '' };
}

/** Fields of the client's request for a blob of this media type, or for a part of it. */
export function blobHeaders(profile: ClientProfile, mediaType: string, range: boolean): RequestHeaders {
  const { accept, acceptEncoding } = profile;
  if (accept.blobs !== 'descriptor, any') return standingOf(profile)[range ? 'range' : 'whole'];
  return blobFields(`${mediaType}, */*`, range ? acceptEncoding.range : acceptEncoding.whole);
}

function blobFields(accept: string | undefined, encoding: string | undefined): RequestHeaders {
  const headers: RequestHeaders = {};
  if (accept !== undefined) headers['accept'] = accept;
  if (encoding !== undefined) headers['accept-encoding'] = encoding;
  return headers;
}
