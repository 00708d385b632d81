import type { RequestHeaders } from '../../http/index.ts';
import type { ManifestOptions } from '../../registry/index.ts';
import type { ClientProfile } from './profile.ts';

/** How the client asks for a manifest: by tag, or (with the media type that it was told) by digest. */
export function manifestOptions({ accept, acceptEncoding }: ClientProfile, toldType: string | undefined): ManifestOptions {
  const byTag = accept.lines === 'joined' ? accept.manifests.join(', ') : accept.manifests;
  const told = toldType === undefined || toldType === '' || accept.manifestByDigest === 'same' ? undefined : toldType;
  const byDigest = told === undefined ? undefined : accept.manifestByDigest === 'descriptor' ? told : `${told}, */*`;
  return { accept: byDigest ?? byTag, acceptEncoding: acceptEncoding.whole ?? '' };
}

/** Fields of the client's request for a blob of this media type, or for a part of it. */
export function blobHeaders({ accept, acceptEncoding }: ClientProfile, mediaType: string, range: boolean): RequestHeaders {
  const headers: RequestHeaders = {};
  if (accept.blobs === 'any') headers['accept'] = '*/*';
  if (accept.blobs === 'descriptor, any') headers['accept'] = `${mediaType}, */*`;
  const encoding = range ? acceptEncoding.range : acceptEncoding.whole;
  if (encoding !== undefined) headers['accept-encoding'] = encoding;
  return headers;
}
