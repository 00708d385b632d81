import { type ExitName, InvalidConfigError } from '../base/index.ts';
import { bashCompletion } from './completion-bash.ts';
import { fishCompletion } from './completion-fish.ts';
import { type CompletionCommand, completionModel } from './completion-model.ts';
import { zshCompletion } from './completion-zsh.ts';
import { type CommandSpec, parseArgs } from './flags.ts';
import { helpText } from './help-text.ts';

/** A script for each shell, from the same model. */
const SHELLS: Readonly<Record<string, (commands: readonly CompletionCommand[]) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

/** `loadreg completion`. */
export const spec: CommandSpec = {
  usage: 'loadreg completion <shell>',
  summary: 'Prints a script that completes commands, flags and their values in bash, zsh or fish.',
  positionals: ['shell'],
  flags: [],
  epilogue:
    'bash: source <(loadreg completion bash) in ~/.bashrc. zsh: source <(loadreg completion zsh) in ~/.zshrc, after compinit. ' +
    'fish: loadreg completion fish > ~/.config/fish/completions/loadreg.fish.',
};

/** `loadreg completion`. */
export async function command(args: readonly string[]): Promise<ExitName> {
  const { positionals, help } = await parseArgs(args, spec);
  if (help) {
    process.stdout.write(helpText(spec));
    return 'ok';
  }
  const shell = positionals[0] as string;
  const script = Object.hasOwn(SHELLS, shell) ? SHELLS[shell] : undefined;
  if (script === undefined) {
    throw new InvalidConfigError([
      { where: shell, what: 'is no shell that can be completed', fix: `one of ${Object.keys(SHELLS).join(', ')}` },
    ]);
  }
  process.stdout.write(script(await completionModel()));
  return 'ok';
}
