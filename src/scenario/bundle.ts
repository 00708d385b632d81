import { readFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import type { BuildFailure, Loader, Message, Plugin } from 'esbuild';

import { LoadregError } from '../base/index.ts';
import { displayPath } from './frames.ts';
import { K6_MODULES } from './k6-refused.ts';

/** A scenario file and everything it imports as one ES module. */
export interface Bundle {
  /** The module, without its source map. */
  readonly code: string;
  /** Its source map (version 3), every source an absolute file URL. */
  readonly map: SourceMapData;
  /** The code without comments, white space and anything that depends on where it lies: equal for equal sources. */
  readonly text: string;
  /** Warnings of the bundler, one line each. */
  readonly warnings: readonly string[];
}

/** The parts of a source map that are needed here. */
export interface SourceMapData {
  readonly version: 3;
  readonly sources: string[];
  readonly sourcesContent: string[];
  readonly names: string[];
  readonly mappings: string;
}

/**
 * URL of what `import … from 'loadreg'` gives a scenario: always the running copy, so that there is one copy of the
 * metrics and flows, and so that scenarios outside of any project work. Sources that run uncompiled (in tests) use the
 * compiled copy, because Node.js cannot import TypeScript.
 */
export const LOADREG_URL = new URL(import.meta.url.endsWith('.ts') ? '../../dist/index.js' : '../index.js', import.meta.url).href;

/**
 * Bundles the scenario at `path`, npm packages and all. esbuild is loaded here and stopped again, so that nothing of it is
 * left when the load starts. Types are removed, not checked.
 * Throws a LoadregError (exit 107) with the user's file, line and a piece of the code for syntax errors and imports that
 * do not resolve.
 */
export async function bundleScenario(path: string): Promise<Bundle> {
  const esbuild = await import('esbuild');
  const inlined: Inlined = new Map();
  try {
    const folder = dirname(path);
    const result = await esbuild.build({
      entryPoints: [path],
      absWorkingDir: folder,
      outfile: join(folder, `${basename(path, extname(path))}.loadreg.mjs`), // not written; sources are named relative to it
      write: false,
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      packages: 'bundle',
      keepNames: true,
      sourcemap: 'external',
      logLevel: 'silent',
      legalComments: 'none',
      banner: { js: requireBanner(path) },
      plugins: [loadregPlugin(), locationPlugin(esbuild.transform, inlined)],
    });
    const output = (ending: string) => result.outputFiles.find((file) => file.path.endsWith(ending))?.text ?? '';
    const code = output('.mjs');
    const map = withAbsoluteSources(JSON.parse(output('.map')) as SourceMapData, folder);
    const compact = await esbuild.transform(code, { minifyWhitespace: true, legalComments: 'none', logLevel: 'silent' });
    return { code, map, text: withoutPlaces(compact.code, path, inlined), warnings: result.warnings.map(firstLineOf(folder)) };
  } catch (error) {
    throw isBuildFailure(error) ? explain(error, path) : error;
  } finally {
    await esbuild.stop();
  }
}

/**
 * What is wrong with JSON that does not parse, with its file, line and a piece of the text; undefined when the bundler, which is less
 * strict, takes it.
 */
export async function explainJson(path: string, text: string): Promise<string | undefined> {
  const esbuild = await import('esbuild');
  try {
    await esbuild.transform(text, { loader: 'json', sourcefile: basename(path), logLevel: 'silent' });
    return undefined;
  } catch (error) {
    if (!isBuildFailure(error)) throw error;
    return explain(error, path).message;
  } finally {
    await esbuild.stop();
  }
}

/** Bundled CommonJS packages call `require` for what is built into Node.js. */
function requireBanner(path: string): string {
  return `import { createRequire as __loadregRequire } from 'node:module'; const require = __loadregRequire(${JSON.stringify(pathToFileURL(path).href)});`;
}

/** Points `loadreg` at the running copy, wherever the scenario lies. */
function loadregPlugin(): Plugin {
  return {
    name: 'loadreg',
    setup(build) {
      build.onResolve({ filter: /^loadreg$/ }, () => ({ path: LOADREG_URL, external: true }));
      build.onResolve({ filter: /^k6(\/|$)|^https:\/\/jslib\.k6\.io\// }, ({ path }) => ({
        errors: [
          { text: `'${path}' is a module of k6 and not here: ${K6_MODULES[path] ?? 'loadreg runs on Node.js: import npm packages'}` },
        ],
      }));
      build.onResolve({ filter: /^loadreg\// }, ({ path }) => ({
        errors: [{ text: `'${path}' is not public: everything that a scenario can use is exported by 'loadreg'` }],
      }));
    },
  };
}

/** What was put in place of `import.meta.url` and the like, and the file it belongs to. */
type Inlined = Map<string, string>;

const KNOWS_ITS_PLACE = /\bimport\.meta\b|\b__dirname\b|\b__filename\b/;

/** Gives every bundled file its own `import.meta.url`, `dirname` and `filename`, which a bundle would otherwise share. */
function locationPlugin(transform: typeof import('esbuild').transform, inlined: Inlined): Plugin {
  return {
    name: 'location',
    setup(build) {
      build.onLoad({ filter: /\.[cm]?[jt]sx?$/ }, async ({ path }) => {
        const source = await readFile(path, 'utf8');
        if (!KNOWS_ITS_PLACE.test(source)) return undefined;
        const url = pathToFileURL(path).href;
        for (const value of [url, path, dirname(path)]) inlined.set(JSON.stringify(value).slice(1, -1), basename(path));
        const result = await transform(source, {
          loader: loaderOf(path),
          sourcefile: basename(path),
          sourcemap: 'inline',
          target: 'esnext',
          define: {
            'import.meta.url': JSON.stringify(url),
            'import.meta.filename': JSON.stringify(path),
            'import.meta.dirname': JSON.stringify(dirname(path)),
            __filename: JSON.stringify(path),
            __dirname: JSON.stringify(dirname(path)),
          },
        }).catch((error: unknown) => {
          // The same errors are found, and better explained, when the file is bundled as it is.
          if (isBuildFailure(error)) return undefined;
          throw error;
        });
        return result === undefined ? undefined : { contents: result.code, loader: 'js' as const };
      });
    },
  };
}

function loaderOf(path: string): Loader {
  const extension = extname(path).replace(/^\.[cm]/, '.');
  return extension === '.ts' ? 'ts' : extension === '.tsx' ? 'tsx' : extension === '.jsx' ? 'jsx' : 'js';
}

function withAbsoluteSources(map: SourceMapData, folder: string): SourceMapData {
  const base = pathToFileURL(join(folder, '/'));
  return { ...map, sources: map.sources.map((source) => new URL(source, base).href) };
}

function withoutPlaces(code: string, path: string, inlined: Inlined): string {
  let text = code
    .replaceAll(LOADREG_URL, 'loadreg')
    .replaceAll(pathToFileURL(path).href, 'scenario')
    // esbuild names the CommonJS modules of a bundle by their path.
    .replaceAll(/(__commonJS|__esm)\(\{"(?:[^"\\]|\\.)*"\(/g, '$1({"module"(');
  // Longest first: a file's folder is a part of its path.
  for (const [value, file] of [...inlined].sort(([a], [b]) => b.length - a.length)) text = text.replaceAll(value, file);
  return text;
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && Array.isArray((error as Partial<BuildFailure>).errors);
}

function explain(failure: BuildFailure, path: string): LoadregError {
  const texts = failure.errors.map((message) => describe(message, dirname(path)));
  const missing = failure.errors.some((message) => message.text.startsWith('Could not resolve'));
  return new LoadregError(texts.join('\n'), {
    exit: 'scriptException',
    ...(missing ? { hint: 'install npm packages beside the scenario; local files are found relative to the file that imports them' } : {}),
  });
}

function firstLineOf(folder: string): (message: Message) => string {
  return (message) => describe(message, folder).split('\n', 1)[0] as string;
}

/** `file:line:column: what`, and the line with a mark under the place. */
function describe({ text, location }: Message, folder: string): string {
  if (location === null) return text;
  const file = location.file.startsWith('file:') ? fileURLToPath(location.file) : join(folder, location.file);
  const head = `${displayPath(file)}:${location.line}:${location.column + 1}: ${text}`;
  const number = String(location.line);
  const indent = location.lineText.slice(0, location.column).replaceAll(/[^\t]/g, ' ');
  const mark = '^'.repeat(Math.max(1, Math.min(location.length, location.lineText.length - location.column)));
  return `${head}\n  ${number} | ${location.lineText}\n  ${' '.repeat(number.length)} | ${indent}${mark}`;
}
