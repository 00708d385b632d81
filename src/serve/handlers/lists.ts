import { type Call, type Methods, replyJson } from '../call.ts';
import { ApiError } from '../errors.ts';
import { cutPage } from '../page.ts';

/** `GET /v2/<name>/tags/list` (spec, end-8). */
export const tags: Methods = {
  GET(call) {
    const repository = call.registry.store.repository(call.repository);
    if (repository === undefined) {
      throw new ApiError('NAME_UNKNOWN', 'repository name not known to registry', { detail: { name: call.repository } });
    }
    const { entries, next } = cutPage([...repository.tags.keys()].sort(), call.query);
    replyList(call, `/v2/${call.repository}/tags/list`, next, { name: call.repository, tags: entries });
  },
};

/** `GET /v2/_catalog` (Docker Registry HTTP API V2). */
export const catalog: Methods = {
  GET(call) {
    const { entries, next } = cutPage(call.registry.store.repositories(), call.query);
    replyList(call, '/v2/_catalog', next, { repositories: entries });
  },
};

function replyList(call: Call, path: string, next: string | undefined, list: unknown): void {
  const link = next === undefined ? [] : ['Link', `<${call.registry.prefix}${path}?${next}>; rel="next"`];
  replyJson(call.response, link, 'application/json', list);
}
