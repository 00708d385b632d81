import { readFile } from 'node:fs/promises';

/** What `loadreg new` can write: files of `scenarios/templates/`, with a phrase each for lists. */
export const TEMPLATES = {
  minimal: 'one VU pulls one image',
  pull: 'many hosts pull a few popular images',
  push: 'builds push fresh layers, new images and tags',
  mixed: 'a fixed number of pulls and pushes a second',
  full: 'everything that a scenario can say, with its usual value',
  config: 'a config file, loadreg.config.ts',
} as const;

/** Name of a template. */
export type TemplateName = keyof typeof TEMPLATES;

/** A template for the file that will be at `path`, as users write it. */
export async function readTemplate(name: TemplateName, path: string): Promise<string> {
  const text = await readFile(new URL(`../../scenarios/templates/${name}.ts`, import.meta.url), 'utf8');
  return text.replaceAll(/(?<=loadreg \w+ )FILE\b/g, () => shellWord(path));
}

/** A path as one word of a command line. */
export function shellWord(path: string): string {
  return /^[\w./@%+=:,-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
