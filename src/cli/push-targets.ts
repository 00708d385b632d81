import { InvalidConfigError, shown } from '../base/index.ts';
import { isTag } from '../registry/index.ts';

/** Names that a message lists. */
const MOST_NAMES = 10;

/** An image of an archive, and the tags it is to get. */
export interface PushTarget<T> {
  readonly image: T;
  readonly tags: readonly string[];
}

/**
 * Which images of an archive are pushed, and under which tags. With a `tag`: the only image, or the one that has it in the archive. Without:
 * all of them under their own tags, and a single one that has none as `latest`. `path` is for messages. Throws InvalidConfigError, also when a
 * tag of the archive's own is none: it becomes part of a URL, and `..%2f..%2fother` would lead into another repository.
 */
export function choosePushTargets<T extends { readonly names: readonly string[] }>(
  images: readonly T[],
  tag: string | undefined,
  path: string,
): readonly PushTarget<T>[] {
  const [only] = images;
  if (tag !== undefined) return [{ image: images.length === 1 && only !== undefined ? only : withTag(images, tag, path), tags: [tag] }];
  if (images.length === 1 && only !== undefined) {
    const tags = checkedTagsOf(only, path);
    return [{ image: only, tags: tags.length === 0 ? ['latest'] : tags }];
  }
  const owners = new Map<string, T>();
  return images.map((image) => {
    const tags = checkedTagsOf(image, path);
    if (tags.length === 0) throw refuse(path, `holds ${images.length} images, and one of them has no tag`, 'name one image with its tag');
    for (const one of tags) {
      if (owners.has(one)) throw refuse(path, `holds two images with the tag "${one}"`, 'they cannot both go into one repository');
      owners.set(one, image);
    }
    return { image, tags };
  });
}

function withTag<T extends { readonly names: readonly string[] }>(images: readonly T[], tag: string, path: string): T {
  const [found, ...more] = images.filter((image) => tagsOf(image).includes(tag));
  const names = images.flatMap((image) => image.names);
  const there = names.length === 0 ? 'none of them has a tag' : `there is ${listOf(names)}`;
  if (found === undefined) throw refuse(path, `holds ${images.length} images, and none with the tag "${tag}"`, there);
  if (more.length > 0) throw refuse(path, `holds ${more.length + 1} images with the tag "${tag}"`, there);
  return found;
}

function listOf(names: readonly string[]): string {
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : '';
  return `${names.slice(0, MOST_NAMES).map(shown).join(', ')}${more}`;
}

function checkedTagsOf(image: { readonly names: readonly string[] }, path: string): readonly string[] {
  const tags = tagsOf(image);
  const wrong = tags.find((tag) => !isTag(tag));
  if (wrong === undefined) return tags;
  const fix = 'a tag is 1 to 128 letters, digits, "_", "." or "-"; name the tag to push under behind the image';
  throw refuse(path, `has an image with the tag "${shown(wrong)}", which is no tag`, fix);
}

/** `1.0` of `team/app:1.0`, of `host:5000/app:1.0@sha256:…` and of `1.0`; `latest` of a name without a tag. */
function tagsOf({ names }: { readonly names: readonly string[] }): readonly string[] {
  return [...new Set(names.map(tagOf))];
}

function tagOf(name: string): string {
  const [head = ''] = name.split('@');
  const colon = head.lastIndexOf(':');
  if (colon > head.lastIndexOf('/')) return head.slice(colon + 1);
  return isTag(head) ? head : 'latest';
}

function refuse(path: string, what: string, fix: string): InvalidConfigError {
  return new InvalidConfigError([{ where: path, what, fix }]);
}
