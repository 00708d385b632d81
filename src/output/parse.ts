import type { Problem } from '../base/index.ts';
import { REFUSED } from './refused.ts';
import { OUTPUTS, type OutputName } from './table.ts';

/** An output as asked for. */
export interface WantedOutput {
  readonly name: OutputName;
  /** What stood after the `=`; '' when there was none. */
  readonly argument: string;
}

/** Reads `json=points.json` and the like; undefined when there is no such output. */
export function parseOutput(text: string): WantedOutput | undefined {
  const [name, argument] = split(text);
  return Object.hasOwn(OUTPUTS, name) ? { name: name as OutputName, argument } : undefined;
}

/**
 * What is wrong with the outputs that were asked for, all of it: names, arguments, folders that are not there, ports in use, two that write to
 * one place. `where` is what named them, for messages; `files` are those that the run writes besides. Opens nothing and changes nothing.
 */
export async function outputProblems(
  texts: readonly string[],
  { where: place = '--out', files = [] }: { readonly where?: string; readonly files?: readonly string[] } = {},
): Promise<Problem[]> {
  const problems: Problem[] = [];
  const taken = new Map(files.map((file) => [OUTPUTS.json.target(file), `--report ${file}`]));
  for (const text of texts) {
    const where = `${place} ${text}`;
    const output = parseOutput(text);
    const wrong = output === undefined ? noSuchOutput(text) : await OUTPUTS[output.name].check(output.argument);
    if (wrong !== undefined) {
      problems.push({ where, ...wrong });
      continue;
    }
    const target = output && OUTPUTS[output.name].target(output.argument);
    if (target === undefined) continue;
    const other = taken.get(target);
    if (other !== undefined) problems.push({ where, what: `writes to the same ${target.split(' ')[0]} as ${other}`, fix: 'another one' });
    taken.set(target, where);
  }
  return problems;
}

function noSuchOutput(text: string): { what: string; fix: string } {
  const [name] = split(text);
  const reason = Object.hasOwn(REFUSED, name) ? REFUSED[name] : undefined;
  const what = reason === undefined ? `there is no output '${name}'` : `the output ${name} of k6 is not here: ${reason}`;
  return { what, fix: 'json=FILE[.gz], csv=FILE[.gz] or prometheus[=HOST:PORT]' };
}

function split(text: string): [name: string, argument: string] {
  const at = text.indexOf('=');
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
