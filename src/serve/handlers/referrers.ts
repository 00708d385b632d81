import { type Methods, replyJson } from '../call.ts';
import { ApiError } from '../errors.ts';
import { OCI_INDEX } from '../manifest.ts';
import { isDigest } from '../names.ts';

/** `GET /v2/<name>/referrers/<digest>` (spec, end-12): an index, empty when nothing refers to the digest. */
export const referrers: Methods = {
  GET(call) {
    const subject = call.reference;
    if (!isDigest(subject)) throw new ApiError('DIGEST_INVALID', 'not a digest of a known algorithm', { detail: { digest: subject } });
    const repository = call.registry.store.repository(call.repository);
    const wanted = call.query.get('artifactType');
    const manifests: unknown[] = [];
    for (const digest of repository?.referrers.get(subject) ?? []) {
      const entry = repository?.manifests.get(digest);
      if (entry === undefined || (wanted !== null && entry.artifactType !== wanted)) continue;
      const { mediaType, size, artifactType, annotations } = entry;
      manifests.push({ mediaType, digest, size, artifactType, annotations });
    }
    const filters = wanted === null ? [] : ['OCI-Filters-Applied', 'artifactType'];
    replyJson(call.response, filters, OCI_INDEX, { schemaVersion: 2, mediaType: OCI_INDEX, manifests });
  },
};
