import { access, constants, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { codeOf, messageOf } from '../base/index.ts';
import { LineFile } from './line-file.ts';
import type { ArgumentProblem, Output, OutputContext, OutputKind, PointSeries } from './output.ts';

/** How points become lines of a file. */
export interface LineFormat {
  /** First lines of the file, or ''. */
  readonly head: string;
  /** Called once for each series, with its first point. */
  series(series: PointSeries): SeriesLines;
}

/** The lines of one series. */
export interface SeriesLines {
  /** What has to stand before the first point, or ''. */
  readonly intro: string;
  /** The line of a point, its end included; see `PointWriter`. On the hot path. */
  readonly line: (at: number, value: number) => string;
}

/** A kind of output that writes every point as a line of a file. `make` is called when the output is wanted. */
export function pointFile(name: string, make: (context: OutputContext) => Promise<LineFormat>): OutputKind {
  return {
    target: (argument) => (argument === '' || argument === '-' ? undefined : `file ${resolve(argument)}`),
    check: checkFile,
    async open(path, context) {
      const [format, file] = await Promise.all([make(context), LineFile.open(path, context.log)]);
      return pointOutput(`${name} (${path})`, format, file);
    },
  };
}

function pointOutput(description: string, format: LineFormat, file: LineFile): Output {
  return {
    description,
    begin: () => file.begin(format.head),
    points(series) {
      const { intro, line } = format.series(series);
      if (intro !== '') file.head(intro);
      return (at, value) => file.add(line(at, value));
    },
    end: () => file.end(),
  };
}

/** Whether the file could be written: its folder must be there, as in k6. */
async function checkFile(path: string): Promise<ArgumentProblem | undefined> {
  if (path === '') return { what: 'the name of its file is missing', fix: 'FILE, or FILE.gz to have it compressed' };
  if (path === '-') return { what: 'stdout is where the summary goes', fix: 'name a file' };
  const folder = dirname(path);
  try {
    if (!(await stat(folder)).isDirectory()) return { what: `${folder} is no folder`, fix: 'a file in a folder that is there' };
  } catch (error) {
    const what = codeOf(error) === 'ENOENT' ? `there is no folder ${folder}` : messageOf(error);
    return { what, fix: 'a file in a folder that is there' };
  }
  const there = await stat(path).catch(() => undefined);
  if (there?.isDirectory() === true) return { what: `${path} is a folder`, fix: 'name a file' };
  try {
    await access(there === undefined ? folder : path, constants.W_OK);
    return undefined;
  } catch {
    return { what: `${there === undefined ? folder : path} may not be written`, fix: 'a file that you may write' };
  }
}
