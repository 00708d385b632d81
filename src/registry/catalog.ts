import { CATALOG_SCOPE } from './auth/scope.ts';
import { callForJson, textList } from './json.ts';
import { operation } from './operations.ts';
import { followPages, nextPage, type PageOptions, pageQuery } from './paging.ts';
import type { Transport } from './transport.ts';
import type { CatalogPage } from './types.ts';
import { type SplitUrl, splitUrl } from './url.ts';

const LIST = operation('catalog_list', 'GET', [200]);

/** Repositories of a registry (`GET /v2/_catalog`, Docker Registry HTTP API V2; not part of the distribution specification). */
export class Catalog {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** One page. Expects 200. */
  page(options: PageOptions = {}): Promise<CatalogPage> {
    const { base } = this.#transport.target;
    return this.#read({ origin: base.origin, path: `${base.prefix}_catalog${pageQuery(options)}` });
  }

  /** All repositories, page after page as they are wanted. Expects 200. */
  async *all(options: Pick<PageOptions, 'n'> = {}): AsyncGenerator<string> {
    for await (const page of followPages(LIST, this.page(options), (url) => this.#read(splitUrl(url)))) yield* page.repositories;
  }

  async #read(url: SplitUrl): Promise<CatalogPage> {
    const call = { operation: LIST, origin: url.origin, path: url.path, scope: CATALOG_SCOPE };
    const { answer, fields } = await callForJson(this.#transport, call);
    const repositories = textList(this.#transport, call, answer, fields['repositories'], 'repositories');
    const next = nextPage(this.#transport, answer);
    return next === undefined ? { repositories } : { repositories, next };
  }
}
