import { shown } from '../base/index.ts';
import { RegistryError } from './errors.ts';
import type { Operation } from './operations.ts';
import { isRepository, isTag } from './reference.ts';
import type { Transport } from './transport.ts';

/** What the specification calls a digest, of whatever algorithm. */
const DIGEST = /^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$/;

/** So many names that were found to be fine are remembered: a load asks for the same ones over and over, and to read them took 1.5 % of a small request. */
const REMEMBERED = 1_000;

const KINDS = {
  digest: (text: string) => DIGEST.test(text),
  'tag or digest': (text: string) => isTag(text) || DIGEST.test(text),
} as const;

const knownRepositories = new Set<string>();
const known = { digest: new Set<string>(), 'tag or digest': new Set<string>() } as const;

function isKnown(fine: Set<string>, text: string, check: (text: string) => boolean): boolean {
  if (fine.has(text)) return true;
  if (!check(text)) return false;
  if (fine.size >= REMEMBERED) fine.clear();
  fine.add(text);
  return true;
}

/**
 * `/v2/<repository>/<area>/`. Throws RegistryError `NAME_UNUSABLE` for what is no repository by the specification's grammar: names come from
 * archives and from lists of registries too, and `..%2f` in one of them leads elsewhere.
 */
export function repositoryPath(transport: Transport, operation: Operation, repository: string, area: string): string {
  if (!isKnown(knownRepositories, repository, isRepository))
    throw unusable(transport, operation, `"${shown(repository)}" is no repository`);
  return `${transport.prefix}${repository}/${area}/`;
}

/** `/v2/<repository>/<area>/<reference>`, checked likewise. */
export function referencePath(
  transport: Transport,
  operation: Operation,
  repository: string,
  area: string,
  [kind, reference]: readonly [kind: keyof typeof KINDS, reference: string],
): string {
  const path = repositoryPath(transport, operation, repository, area);
  if (!isKnown(known[kind], reference, KINDS[kind])) throw unusable(transport, operation, `"${shown(reference)}" is no ${kind}`);
  return path + reference;
}

/** A digest that is to become a parameter, checked likewise. */
export function checkDigest(transport: Transport, operation: Operation, digest: string): string {
  if (!KINDS.digest(digest)) throw unusable(transport, operation, `"${shown(digest)}" is no digest`);
  return digest;
}

function unusable(transport: Transport, { name, method }: Operation, detail: string): RegistryError {
  const { base } = transport.target;
  return new RegistryError({ operation: name, method, status: 0, code: 'NAME_UNUSABLE', detail, url: base.origin + base.prefix });
}
