import { existsSync, statSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { codeOf, type ExitName, InvalidConfigError, LoadregError, messageOf, type Problem } from '../base/index.ts';
import { type CommandSpec, parseArgs } from './flags.ts';
import { helpText } from './help-text.ts';
import { readTemplate, shellWord, type TemplateName, TEMPLATES } from './templates.ts';

const NAMES = Object.keys(TEMPLATES) as TemplateName[];

/** `loadreg new`. */
export const spec: CommandSpec = {
  usage: 'loadreg new <file>',
  summary: 'Writes a commented scenario to start from, or a config file when it is named loadreg.config.ts.',
  positionals: ['file'],
  flags: [
    { name: 'template', short: 't', value: 'NAME', doc: `${NAMES.join(', ')} (default minimal)`, choices: NAMES },
    { name: 'force', short: 'f', doc: 'replace a file that is there' },
  ],
  epilogue: `Templates: ${Object.entries(TEMPLATES)
    .map(([name, phrase]) => `${name}: ${phrase}`)
    .join('; ')}.`,
};

/** `loadreg new`. */
export async function command(args: readonly string[]): Promise<ExitName> {
  const { positionals, flags, help } = await parseArgs(args, spec);
  if (help) {
    process.stdout.write(helpText(spec));
    return 'ok';
  }
  const path = positionals[0] as string;
  const file = extname(path) === '' && !isFolder(path) ? `${path}.ts` : path;
  const isConfig = basename(file).startsWith('loadreg.config.');
  const template = (flags['template'] ?? (isConfig ? 'config' : 'minimal')) as TemplateName;
  await check(file, template);
  const text = await readTemplate(template, file);
  await write(file, text, flags['force'] === true);
  process.stdout.write(
    `${file}: ${TEMPLATES[template]}\n${template === 'config' ? '' : `next: loadreg run ${shellWord(file)}\n`}${typesHint(file)}`,
  );
  return 'ok';
}

async function check(file: string, template: string): Promise<void> {
  const problems: Problem[] = [];
  if (!Object.hasOwn(TEMPLATES, template)) {
    const { didYouMean } = await import('../scenario/index.ts');
    const fix = didYouMean(template, NAMES) ?? `one of ${NAMES.join(', ')}`;
    problems.push({ where: '--template', what: `no template '${template}'`, fix });
  }
  if (isFolder(file)) problems.push({ where: file, what: 'is a folder', fix: 'the name of a file' });
  else if (!['.ts', '.mts'].includes(extname(file))) {
    problems.push({ where: file, what: 'templates are in TypeScript', fix: 'a name that ends in .ts; it needs no build step' });
  }
  if (problems.length > 0) throw new InvalidConfigError(problems);
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

async function write(file: string, text: string, replace: boolean): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text, { flag: replace ? 'w' : 'wx' });
  } catch (error) {
    if (codeOf(error) === 'EEXIST' && existsSync(file))
      throw new InvalidConfigError([{ where: file, what: 'is there already', fix: '--force replaces it' }]);
    throw new LoadregError(`${file} could not be written: ${messageOf(error)}`, { exit: 'reportNotWritten', cause: error });
  }
}

/** `loadreg run` finds `loadreg` by itself; an editor looks for it as for any package. */
function typesHint(file: string): string {
  for (let folder = dirname(resolve(file)); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'node_modules', 'loadreg', 'package.json'))) return '';
    if (folder === dirname(folder)) break;
  }
  const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
  return resolve(file).startsWith(`${root}/`) ? '' : `for types in your editor: npm install --save-dev ${root}\n`;
}
