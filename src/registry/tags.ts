import { pullScope } from './auth/scope.ts';
import { callForJson, textList } from './json.ts';
import { operation } from './operations.ts';
import { followPages, nextPage, type PageOptions, pageQuery } from './paging.ts';
import { repositoryPath } from './path.ts';
import type { Transport } from './transport.ts';
import type { TagsPage } from './types.ts';
import { type SplitUrl, splitUrl } from './url.ts';

const LIST = operation('tags_list', 'GET', [200]);
const LIST_ANY = operation('tags_list', 'GET', [200, 404]);

/** Tags of a repository (distribution-spec, end-8). */
export class Tags {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** One page. Expects 200. */
  async page(repository: string, options: PageOptions = {}): Promise<TagsPage> {
    return this.#read(repository, splitUrl(this.#firstPage(repository, options)));
  }

  /**
   * All tags, page after page as they are wanted. Expects 200; 404 too with `missingOk`, and then there are none: Distribution lists
   * repositories in its catalog that never had a tag.
   */
  async *all(repository: string, options: Pick<PageOptions, 'n'> & { missingOk?: boolean } = {}): AsyncGenerator<string> {
    const list = options.missingOk === true ? LIST_ANY : LIST;
    const follow = (url: string) => this.#read(repository, splitUrl(url), list);
    for await (const page of followPages(list, follow(this.#firstPage(repository, options)), follow)) yield* page.tags;
  }

  #firstPage(repository: string, options: PageOptions): string {
    return `${this.#transport.target.base.origin}${repositoryPath(this.#transport, LIST, repository, 'tags')}list${pageQuery(options)}`;
  }

  async #read(repository: string, url: SplitUrl, list = LIST): Promise<TagsPage> {
    const call = { operation: list, origin: url.origin, path: url.path, scope: pullScope(repository) };
    const { answer, fields } = await callForJson(this.#transport, call);
    const tags = textList(this.#transport, call, answer, fields['tags'], 'tags');
    const next = nextPage(this.#transport, answer);
    return next === undefined ? { tags } : { tags, next };
  }
}
