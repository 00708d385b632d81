import { pullScope } from './auth/scope.ts';
import { callForJson, textList } from './json.ts';
import { operation } from './operations.ts';
import { followPages, nextPage, type PageOptions, pageQuery } from './paging.ts';
import type { Transport } from './transport.ts';
import type { TagsPage } from './types.ts';
import { type SplitUrl, splitUrl } from './url.ts';

const LIST = operation('tags_list', 'GET', [200]);

/** Tags of a repository (distribution-spec, end-8). */
export class Tags {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** One page. Expects 200. */
  page(repository: string, options: PageOptions = {}): Promise<TagsPage> {
    const { base } = this.#transport.target;
    return this.#read(repository, { origin: base.origin, path: `${base.prefix}${repository}/tags/list${pageQuery(options)}` });
  }

  /** All tags, page after page as they are wanted. Expects 200. */
  async *all(repository: string, options: Pick<PageOptions, 'n'> = {}): AsyncGenerator<string> {
    const follow = (url: string) => this.#read(repository, splitUrl(url));
    for await (const page of followPages(LIST, this.page(repository, options), follow)) yield* page.tags;
  }

  async #read(repository: string, url: SplitUrl): Promise<TagsPage> {
    const call = { operation: LIST, origin: url.origin, path: url.path, scope: pullScope(repository) };
    const { answer, fields } = await callForJson(this.#transport, call);
    const tags = textList(this.#transport, call, answer, fields['tags'], 'tags');
    const next = nextPage(this.#transport, answer);
    return next === undefined ? { tags } : { tags, next };
  }
}
