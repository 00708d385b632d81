import type { CompletionCommand, CompletionFlag, Place } from './completion-model.ts';

/** Completion for zsh: for a file `_loadreg` of its `fpath`, or to be sourced after `compinit`. */
export function zshCompletion(commands: readonly CompletionCommand[]): string {
  return `#compdef loadreg
# Completion of loadreg for zsh. In ~/.zshrc, after compinit: source <(loadreg completion zsh)
_loadreg() {
  local -a commands
  commands=(
${commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`).join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe -t commands command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${commands.map(commandArm).join('\n')}
  esac
}
if [[ $funcstack[1] == _loadreg ]]; then
  _loadreg "$@"
else
  compdef _loadreg loadreg
fi
`;
}

function commandArm({ name, flags, positionals }: CompletionCommand): string {
  const places = positionals.map((place, index) => quoted(`${index + 1}:${escaped(place.name)}:${action(place)}`));
  const specs = [...flags.flatMap(flagSpecs), ...places];
  return `    ${name})\n      _arguments${specs.map((spec) => ` \\\n        ${spec}`).join('')}\n      ;;`;
}

function flagSpecs({ name, short, doc, value, repeat }: CompletionFlag): string[] {
  const names = short === undefined ? [`--${name}`] : [`-${short}`, `--${name}`];
  const others = repeat ? '*' : `(${names.join(' ')})`;
  const message = value === undefined ? '' : `:${escaped(value.name)}:${action(value)}`;
  return names.map((own) => {
    const taking = value === undefined ? '' : own.startsWith('--') ? '=' : '+';
    return quoted(`${others}${own}${taking}[${escaped(doc)}]${message}`);
  });
}

/** What zsh offers: words, files, both (the space keeps zsh from adding arguments of its own), or nothing. */
function action({ words, files }: Place): string {
  const list = words.length === 0 ? undefined : `(${words.map(escaped).join(' ')})`;
  const paths = files === undefined ? undefined : files === 'files' ? '_files' : '_files -/';
  if (list !== undefined && paths !== undefined) return ` _alternative "words:word:${list}" "files:file:${paths}"`;
  return list ?? paths ?? ' ';
}

function escaped(text: string): string {
  return text.replaceAll(/[\\[\]:]/g, '\\$&');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
