import type { CompletionCommand, Place } from './completion-model.ts';

/** Completion for bash 3.2 and newer, without the package bash-completion. */
export function bashCompletion(commands: readonly CompletionCommand[]): string {
  return `# Completion of loadreg for bash. In ~/.bashrc: source <(loadreg completion bash)
_loadreg() {
  local IFS=$' \\t\\n'
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} flags='' value='' words='' files=''
  COMPREPLY=()
  if (( COMP_CWORD == 1 )); then
    COMPREPLY=( $(compgen -W '${commands.map(({ name }) => name).join(' ')} --help --version' -- "$cur") )
    return
  fi
  # bash takes --flag=value apart
  if [[ $cur == '=' ]]; then
    cur=''
  elif [[ $prev == '=' ]] && (( COMP_CWORD > 2 )); then
    prev=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  case \${COMP_WORDS[1]} in
${commands.map(commandArm).join('\n')}
  esac
  if [[ $cur == -* && -z $value ]]; then
    COMPREPLY=( $(compgen -W "$flags" -- "$cur") )
    return
  fi
  IFS=$'\\n'
  COMPREPLY=( $(IFS=' '; compgen -W "$words" -- "$cur") )
  if [[ $files == files ]]; then
    compopt -o filenames 2>/dev/null
    COMPREPLY+=( $(compgen -f -- "$cur") )
  elif [[ $files == folders ]]; then
    compopt -o filenames 2>/dev/null
    COMPREPLY+=( $(compgen -d -- "$cur") )
  fi
  if [[ \${#COMPREPLY[@]} == 1 && \${COMPREPLY[0]} == *[:=] ]]; then compopt -o nospace 2>/dev/null; fi
}
complete -F _loadreg loadreg
`;
}

function commandArm({ name, flags, positionals }: CompletionCommand): string {
  const all = flags.flatMap((flag) => [`--${flag.name}`, ...(flag.short === undefined ? [] : [`-${flag.short}`])]);
  const places = { words: positionals.flatMap(({ words }) => words), files: positionals.find(({ files }) => files !== undefined)?.files };
  const arms = new Map<string, string[]>();
  for (const { name: flag, short, value } of flags) {
    if (value === undefined) continue;
    const takes = takesText(value);
    arms.set(takes, [...(arms.get(takes) ?? []), `--${flag}`, ...(short === undefined ? [] : [`-${short}`])]);
  }
  const values = [...arms].map(([takes, names]) => `        ${names.join('|')}) value=1 ${takes} ;;`);
  return [
    `    ${name})`,
    `      flags='${all.join(' ')}' ${takesText(places)}`,
    ...(values.length === 0 ? [] : ['      case $prev in', ...values, '      esac']),
    '      ;;',
  ].join('\n');
}

function takesText({ words, files }: Pick<Place, 'words' | 'files'>): string {
  return `words='${words.join(' ')}' files='${files ?? ''}'`;
}
