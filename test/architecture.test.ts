import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

/**
 * Who may import whom. A folder may import the public face (`index.ts`) of the folders named here, and the packages and sensitive modules of
 * Node.js that it holds. Types may come from further up where the text says so: they leave nothing behind at run time.
 */
const TABLE: Record<string, { imports: string[]; typesFrom?: string[]; packages?: Record<string, string[]> }> = {
  base: { imports: [] },
  measure: { imports: ['base'], packages: { 'hdr-histogram-js': ['histogram.ts'] } },
  http: { imports: ['base', 'measure'], packages: { undici: ['*'] } },
  registry: { imports: ['base', 'http', 'measure'] },
  image: { imports: ['base', 'registry'], typesFrom: ['http'] },
  archive: {
    imports: ['base', 'registry', 'image'],
    typesFrom: ['http'],
    packages: { 'modern-tar': ['*'], 'modern-tar/fs': ['*'], fzstd: ['decompress-zstd.ts'] },
  },
  flow: { imports: ['base', 'measure', 'http', 'registry', 'image', 'archive'], packages: { 'p-limit': ['*'] } },
  executor: { imports: ['base', 'measure'] },
  scenario: { imports: ['base', 'measure', 'http', 'executor', 'flow', 'plan'], packages: { esbuild: ['bundle.ts'] } },
  record: { imports: ['base', 'measure', 'plan'], packages: { zod: ['*'] } },
  report: { imports: ['base', 'measure', 'record'], typesFrom: ['scenario'] },
  output: { imports: ['base', 'measure'], packages: { 'prom-client': ['prometheus.ts'], 'csv-stringify': ['csv.ts'] } },
  plan: { imports: ['executor', 'flow'], typesFrom: ['http'] },
  serve: { imports: ['base', 'registry'] },
  run: { imports: ['base', 'measure', 'http', 'registry', 'image', 'flow', 'executor', 'scenario', 'record', 'serve', 'plan'] },
  cli: {
    imports: [
      'base',
      'measure',
      'http',
      'registry',
      'archive',
      'flow',
      'executor',
      'scenario',
      'record',
      'report',
      'serve',
      'run',
      'plan',
      'output',
    ],
    packages: { yargs: ['*'], pino: ['*'], 'pino-pretty': ['*'], picocolors: ['*'], 'p-limit': ['pull-image.ts'] },
  },
};

/**
 * Where files are touched (`node:fs`): as folders or single files. `run/limits.ts` only reads what the system says of itself; a journal is
 * written while a run goes on, and read line by line, for it may be larger than memory.
 */
const TOUCHES_FILES = [
  'archive/',
  'cli/',
  'output/',
  'serve/',
  'record/store.ts',
  'record/journal-read.ts',
  'record/journal-write.ts',
  'scenario/config-file.ts',
  'scenario/import-bundle.ts',
  'scenario/find.ts',
  'scenario/bundle.ts',
  'registry/auth/credentials.ts',
  'registry/auth/docker-config.ts',
  'run/limits.ts',
];

interface Import {
  file: string;
  folder: string;
  specifier: string;
  typeOnly: boolean;
}

const src = path.join(import.meta.dirname, '../src');

function importsOf(file: string): Import[] {
  const text = readFileSync(path.join(src, file), 'utf8');
  const folder = file.split('/')[0] as string;
  const statements = text.matchAll(/^(?:import|export)\s+(type\s)?(?:[^'"`;]*?\sfrom\s+)?['"]([^'"]+)['"]/gm);
  const dynamic = text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g);
  return [
    ...[...statements].map((match) => ({ file, folder, specifier: match[2] as string, typeOnly: match[1] !== undefined })),
    ...[...dynamic].map((match) => ({ file, folder, specifier: match[1] as string, typeOnly: false })),
  ];
}

const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.ts'));
const imports = files.flatMap(importsOf);

describe('the architecture', () => {
  it('has a row in the table for every folder', () => {
    const folders = new Set(files.filter((file) => file.includes('/')).map((file) => file.split('/')[0] as string));
    expect([...folders].toSorted()).toEqual(Object.keys(TABLE).toSorted());
  });

  it('imports folders only in the direction of the table, and only by their public face', () => {
    const wrong: string[] = [];
    for (const { file, folder, specifier, typeOnly } of imports) {
      const row = TABLE[folder];
      if (!specifier.startsWith('.') || row === undefined) continue;
      const target = path.posix.join(path.posix.dirname(file), specifier);
      const [targetFolder, ...rest] = target.split('/');
      if (targetFolder === folder || targetFolder === undefined) continue;
      const allowed = row.imports.includes(targetFolder) || (typeOnly && row.typesFrom?.includes(targetFolder));
      if (!allowed || rest.join('/') !== 'index.ts') wrong.push(`${file} imports ${specifier}`);
    }
    expect(wrong).toEqual([]);
  });

  it('keeps every package in its home', () => {
    const wrong: string[] = [];
    for (const { file, folder, specifier, typeOnly } of imports) {
      if (specifier.startsWith('.') || specifier.startsWith('node:') || builtinModules.includes(specifier)) continue;
      const name = specifier.startsWith('@') ? specifier.split('/').slice(0, 2).join('/') : (specifier.split('/')[0] as string);
      const home = TABLE[folder]?.packages?.[name];
      const inside = home?.some((place) => place === '*' || file === `${folder}/${place}`) ?? false;
      if (!inside && !(typeOnly && home !== undefined)) wrong.push(`${file} imports ${specifier}`);
    }
    expect(wrong).toEqual([]);
  });

  it('touches files only where the table of files says so', () => {
    const wrong = imports
      .filter(({ specifier }) => /^node:fs(\/promises)?$/.test(specifier))
      .filter(({ file }) => !TOUCHES_FILES.some((place) => file === place || (place.endsWith('/') && file.startsWith(place))))
      .map(({ file, specifier }) => `${file} imports ${specifier}`);
    expect(wrong).toEqual([]);
  });

  it('gives every exported name a docstring', () => {
    const missing: string[] = [];
    for (const file of files) {
      const lines = readFileSync(path.join(src, file), 'utf8').split('\n');
      lines.forEach((line, index) => {
        const exported = /^export (?:async )?(?:abstract )?(?:function\*?|class|const|interface|type) ([A-Za-z]\w*)/.exec(line);
        if (exported === null) return;
        // The overloads of one function share the first one's docstring.
        const above = (lines[index - 1] ?? '').trimEnd();
        const grouped = above.startsWith('export ') && above.includes(` ${exported[1]}`);
        if (!above.endsWith('*/') && !grouped) missing.push(`${file}:${index + 1} ${exported[1]}`);
      });
    }
    expect(missing).toEqual([]);
  });
});
