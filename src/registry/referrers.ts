import { MANIFEST_ACCEPT, MEDIA_TYPES } from './media-types.ts';
import { pullScope } from './auth/scope.ts';
import { headerOf } from './headers.ts';
import { callForJson } from './json.ts';
import { operation } from './operations.ts';
import { followPages, nextPage } from './paging.ts';
import { readDescriptors } from './parse-manifest.ts';
import { referencePath } from './path.ts';
import type { Transport } from './transport.ts';
import type { Descriptor, ReferrersList } from './types.ts';
import { type SplitUrl, splitUrl } from './url.ts';

/** 404: the registry has no referrers API. */
const LIST = operation('referrers_list', 'GET', [200, 404]);
/** The index under the referrers tag; 404: there are no referrers. */
const TAG = operation('manifest_get', 'GET', [200, 404]);

interface Page {
  readonly supported: boolean;
  readonly manifests: readonly Descriptor[];
  /** Whether the registry filtered by itself. */
  readonly filtered: boolean;
  readonly next?: string;
}

/** Manifests that refer to another one (distribution-spec, end-12, and its fallback "Referrers Tag Schema"). */
export class Referrers {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** All referrers, of one artifact type if it is given. Expects 200, or 404 from a registry without the API. */
  async list(repository: string, digest: string, options: { artifactType?: string } = {}): Promise<ReferrersList> {
    const { artifactType } = options;
    const path = referencePath(this.#transport, LIST, repository, 'referrers', ['digest', digest]);
    const { origin } = this.#transport.target.base;
    const query = artifactType === undefined ? '' : `?artifactType=${encodeURIComponent(artifactType)}`;
    const first = this.#page(repository, { origin, path: path + query });
    const manifests: Descriptor[] = [];
    for await (const page of followPages(LIST, first, (url) => this.#page(repository, splitUrl(url)))) {
      if (!page.supported) return { manifests: ofType(await this.#byTag(repository, digest), artifactType), source: 'tag' };
      manifests.push(...(page.filtered ? page.manifests : ofType(page.manifests, artifactType)));
    }
    return { manifests, source: 'api' };
  }

  async #page(repository: string, url: SplitUrl): Promise<Page> {
    const call = { operation: LIST, ...url, scope: pullScope(repository), headers: { accept: MEDIA_TYPES.ociIndex } };
    const { answer, fields } = await callForJson(this.#transport, call);
    if (answer.response.status === 404) return { supported: false, manifests: [], filtered: false };
    const filters = headerOf(answer.response.headers, 'oci-filters-applied') ?? '';
    const next = nextPage(this.#transport, answer);
    return {
      supported: true,
      manifests: readDescriptors(fields['manifests'] ?? [], 'manifests'),
      filtered: filters.split(',').some((name) => name.trim() === 'artifactType'),
      ...(next === undefined ? {} : { next }),
    };
  }

  async #byTag(repository: string, digest: string): Promise<readonly Descriptor[]> {
    const path = referencePath(this.#transport, TAG, repository, 'manifests', ['tag or digest', referrersTag(digest)]);
    const call = { operation: TAG, path, scope: pullScope(repository), headers: { accept: MANIFEST_ACCEPT } };
    const { answer, fields } = await callForJson(this.#transport, call);
    return answer.response.status === 404 ? [] : readDescriptors(fields['manifests'] ?? [], 'manifests');
  }
}

function ofType(manifests: readonly Descriptor[], artifactType: string | undefined): readonly Descriptor[] {
  return artifactType === undefined ? manifests : manifests.filter((manifest) => manifest.artifactType === artifactType);
}

/** The tag that stands for the referrers of a digest: `sha256-<hex>`, the algorithm cut to 32 characters and the hex to 64. */
export function referrersTag(digest: string): string {
  const colon = digest.indexOf(':');
  return `${digest.slice(0, Math.min(colon, 32))}-${digest.slice(colon + 1, colon + 65)}`;
}
