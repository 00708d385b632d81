import type { BuiltImage } from '../../image/index.ts';

/** The images at the ends of an index; an image itself. */
export function leavesOf(image: BuiltImage): BuiltImage[] {
  return image.children === undefined ? [image] : image.children.flatMap(leavesOf);
}
