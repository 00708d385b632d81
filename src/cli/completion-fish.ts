import type { CompletionCommand, CompletionFlag, Place } from './completion-model.ts';

/** Completion for fish: for a file of `~/.config/fish/completions`. */
export function fishCompletion(commands: readonly CompletionCommand[]): string {
  const first = commands.map(
    ({ name, summary }) => `complete -c loadreg -n __fish_use_subcommand -f -a ${quoted(name)} -d ${quoted(summary)}`,
  );
  return `# Completion of loadreg for fish: loadreg completion fish > ~/.config/fish/completions/loadreg.fish
complete -c loadreg -f
${first.join('\n')}
${commands.flatMap(commandLines).join('\n')}
`;
}

function commandLines({ name, flags, positionals }: CompletionCommand): string[] {
  const head = `complete -c loadreg -n ${quoted(`__fish_seen_subcommand_from ${name}`)}`;
  const places = positionals.filter(({ words, files }) => words.length > 0 || files !== undefined);
  return [...flags.map((flag) => `${head} ${flagText(flag)}`), ...places.map((place) => `${head} ${placeText(place)}`)];
}

function flagText({ name, short, doc, value }: CompletionFlag): string {
  const names = short === undefined ? `-l ${name}` : `-s ${short} -l ${name}`;
  return `${names}${value === undefined ? '' : ` -r ${placeText(value)}`} -d ${quoted(doc)}`;
}

function placeText({ words, files }: Place): string {
  const list = words.length === 0 ? '' : ` -a ${quoted(words.join(' '))}`;
  if (files === 'folders') return `-f -a '(__fish_complete_directories)'${list}`;
  return `${files === 'files' ? '-F' : '-f'}${list}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll(/[\\']/g, '\\$&')}'`;
}
