import type { CommandSpec, FlagSpec } from './flags.ts';

/** Most columns of any help text. */
export const WIDTH = 80;
/** Column that descriptions start at; a longer flag has its description on the next line. */
const INDENT = 32;

const HELP: FlagSpec = { name: 'help', short: 'h', doc: 'show this help' };

/** The help of a command, no line wider than 80 columns: usage, what it does, flags by group. */
export function helpText(spec: CommandSpec): string {
  const groups = new Map<string, FlagSpec[]>();
  for (const flag of [...spec.flags.filter((own) => own.hidden !== true), { ...HELP, ...groupOfLast(spec) }]) {
    const title = flag.group ?? 'Flags';
    groups.set(title, [...(groups.get(title) ?? []), flag]);
  }
  const lists = [...groups].map(([title, flags]) => `${title}:\n${flags.map(flagLines).join('\n')}`);
  const epilogue = spec.epilogue === undefined ? [] : [wrap(spec.epilogue, WIDTH).join('\n')];
  return `${[`Usage: ${spec.usage} [flags]`, wrap(spec.summary, WIDTH).join('\n'), ...lists, ...epilogue].join('\n\n')}\n`;
}

function groupOfLast(spec: CommandSpec): { group?: string } {
  const group = spec.flags.at(-1)?.group;
  return group === undefined ? {} : { group };
}

function flagLines({ name, short, value, doc }: FlagSpec): string {
  const head = `  ${short === undefined ? '    ' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`;
  const [first = '', ...rest] = wrap(doc, WIDTH - INDENT);
  const indent = ' '.repeat(INDENT);
  const top = head.length <= INDENT - 2 ? [head.padEnd(INDENT) + first] : [head, indent + first];
  return [...top, ...rest.map((line) => indent + line)].join('\n');
}

/** Text in lines of at most `width`, broken at spaces. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
