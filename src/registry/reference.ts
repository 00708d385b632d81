import { InvalidConfigError, shown } from '../base/index.ts';
import { isDigest } from './digest.ts';

/** Names an image: a repository with a tag, a digest, or both (then the digest counts). */
export interface Reference {
  /** `localhost:5000`; only when it was asked for. */
  readonly host?: string;
  /** `team/app`. */
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: string;
}

const NAME_PART = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
const HOST = /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?|\[[a-fA-F0-9:.]+\])(?::[0-9]{1,5})?$/;
/** What may have been meant as a digest; `user:password@host/app` has something else behind its `@`. */
const LIKE_DIGEST = /^(?:sha|md5|blake)[a-z0-9]*:[^/@]*$/i;
/** Many clients refuse a host and name longer than this together (distribution-spec, "Pulling manifests"). */
const NAME_LENGTH = 255;

/** Whether text is a repository name (distribution-spec, `<name>`). */
export function isRepository(name: string): boolean {
  return name.length <= NAME_LENGTH && name.split('/').every((part) => NAME_PART.test(part));
}

/** Whether text is a tag. */
export function isTag(tag: string): boolean {
  return TAG.test(tag);
}

/**
 * Reads `team/app`, `team/app:1.0`, `team/app@sha256:…` or `team/app:1.0@sha256:…`. With `withHost`, the first part is a host where Docker
 * takes it for one (it holds a dot or a colon, or is `localhost`). Throws InvalidConfigError that says which part is wrong.
 */
export function parseReference(text: string, options: { withHost?: boolean } = {}): Reference {
  const refuse = (what: string, fix: string, where = `image "${shown(text)}"`): never => {
    throw new InvalidConfigError([{ where, what, fix }]);
  };
  let rest = text;

  const at = rest.indexOf('@');
  if (at >= 0 && !LIKE_DIGEST.test(rest.slice(at + 1))) {
    const what = 'what comes after the "@" is no digest';
    const fix = 'a digest is sha256: and 64 hex digits; credentials are not given in the reference, but by --username and --password-stdin';
    refuse(what, fix, `image "***${shown(rest.slice(rest.lastIndexOf('@')))}"`); // what stands before it may be a password
  }
  const digest = at < 0 ? undefined : rest.slice(at + 1);
  if (at >= 0) rest = rest.slice(0, at);
  if (digest !== undefined && !isDigest(digest)) {
    refuse(`the digest "${shown(digest)}" is not valid`, 'a digest is sha256: and 64 hex digits, or sha512: and 128, in lower case');
  }

  const colon = rest.lastIndexOf(':');
  const tag = colon > rest.lastIndexOf('/') ? rest.slice(colon + 1) : undefined;
  if (tag !== undefined) rest = rest.slice(0, colon);
  if (tag !== undefined && !isTag(tag)) {
    refuse(
      `the tag "${shown(tag)}" is not valid`,
      'a tag is 1 to 128 letters, digits, "_", "." or "-", and does not start with "." or "-"',
    );
  }

  const slash = rest.indexOf('/');
  const first = slash < 0 ? '' : rest.slice(0, slash);
  let host: string | undefined;
  if (options.withHost === true && (/[.:]/.test(first) || first === 'localhost')) {
    if (!HOST.test(first)) refuse(`the host "${shown(first)}" is not valid`, 'a host is a name or an address, with :port where needed');
    host = first;
    rest = rest.slice(slash + 1);
  }

  if (rest === '') refuse('the repository is missing', 'an image is written repository:tag, for example team/app:1.0');
  if (options.withHost !== true && first.includes(':')) {
    refuse(`"${shown(first)}" looks like a host`, 'name the registry with --registry, and the image without it');
  }
  const wrong = rest.split('/').find((part) => !NAME_PART.test(part));
  if (wrong !== undefined) {
    refuse(
      `the part "${shown(wrong)}" of the repository is not valid`,
      wrong !== wrong.toLowerCase()
        ? 'repositories are written in lower case'
        : 'parts between slashes are lower-case letters and digits, with single ".", "_", "__" or dashes between them',
    );
  }
  if (rest.length + (host === undefined ? 0 : host.length + 1) > NAME_LENGTH) {
    refuse(`host and repository are ${rest.length} characters long`, `at most ${NAME_LENGTH} are allowed`);
  }
  return {
    ...(host === undefined ? {} : { host }),
    repository: rest,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/** A reference as text; what was parsed prints back as it was. */
export function formatReference(reference: Reference): string {
  const host = reference.host === undefined ? '' : `${reference.host}/`;
  const tag = reference.tag === undefined ? '' : `:${reference.tag}`;
  const digest = reference.digest === undefined ? '' : `@${reference.digest}`;
  return `${host}${reference.repository}${tag}${digest}`;
}
