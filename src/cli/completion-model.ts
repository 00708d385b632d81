import { readyScenarios } from '../scenario/index.ts';
import { COMMANDS, type CommandEntry } from './commands.ts';
import type { FlagSpec } from './flags.ts';

/** What may stand in a place: some words, files, folders, or anything. */
export interface Place {
  /** For people: `FILE`, `scenario`. */
  readonly name: string;
  readonly words: readonly string[];
  readonly files: 'files' | 'folders' | undefined;
}

/** A flag as shells know it. */
export interface CompletionFlag {
  readonly name: string;
  readonly short: string | undefined;
  readonly doc: string;
  /** What follows it; undefined for a switch. */
  readonly value: Place | undefined;
  readonly repeat: boolean;
}

/** A command as shells know it. */
export interface CompletionCommand {
  readonly name: string;
  readonly summary: string;
  readonly flags: readonly CompletionFlag[];
  readonly positionals: readonly Place[];
}

/** Every command with its flags, from the tables that the commands themselves go by. */
export async function completionModel(): Promise<readonly CompletionCommand[]> {
  const names = Object.keys(COMMANDS);
  return Promise.all(
    Object.entries<CommandEntry>(COMMANDS).map(async ([name, command]) => {
      const { spec } = await command.load();
      const flags: readonly FlagSpec[] = spec === undefined ? [] : [...spec.flags, { name: 'help', short: 'h', doc: 'show the help' }];
      const topics = name === 'help' ? [{ name: 'topic', words: [...names, 'exit-codes'], files: undefined }] : [];
      return {
        name,
        summary: command.summary,
        flags: flags.filter((flag) => flag.hidden !== true).map(completionFlag),
        positionals: [...topics, ...(spec?.positionals ?? []).map(positional)],
      };
    }),
  );
}

function completionFlag({ name, short, doc, value, choices = [], repeat = false }: FlagSpec): CompletionFlag {
  const placeholder = value?.startsWith('[') === true ? undefined : value; // only ever behind a =
  const files = choices.length > 0 ? undefined : placeholder === 'FILE' ? 'files' : placeholder === 'DIR' ? 'folders' : undefined;
  return { name, short, doc, value: placeholder === undefined ? undefined : { name: placeholder, words: choices, files }, repeat };
}

function positional(name: string): Place {
  if (name === 'scenario') return { name, words: readyScenarios(), files: 'files' };
  if (name === 'shell') return { name, words: ['bash', 'zsh', 'fish'], files: undefined };
  return { name, words: [], files: name === 'image' ? undefined : 'files' };
}
