import type { ExitName } from '../base/index.ts';
import type { CommandSpec } from './flags.ts';

/** What a command module exports: takes the arguments after its name, returns what the process exits with. */
interface CommandModule {
  command(args: readonly string[]): Promise<ExitName>;
  /** What it takes, for the completion of shells. */
  readonly spec?: CommandSpec;
}

/** A command in the list that `loadreg help` prints. */
export interface CommandEntry {
  readonly usage: string;
  readonly summary: string;
  /** Loaded when it is used, so that the others cost nothing. */
  load(): Promise<CommandModule>;
}

/** Every command, once. A new one is a file and a line here. */
export const COMMANDS = {
  run: { usage: 'run <scenario>', summary: 'run a scenario and report', load: () => import('./run.ts') },
  inspect: { usage: 'inspect <scenario>', summary: 'print the consolidated options as JSON', load: () => import('./inspect.ts') },
  new: { usage: 'new <file>', summary: 'write a scenario to start from', load: () => import('./new.ts') },
  pull: { usage: 'pull <image>', summary: 'pull an image and write it as files', load: () => import('./pull.ts') },
  push: { usage: 'push <path> <image>', summary: 'push a saved image', load: () => import('./push.ts') },
  report: { usage: 'report <file>', summary: 'show a saved record, or recover a killed run', load: () => import('./report.ts') },
  serve: { usage: 'serve', summary: 'serve the embedded registry', load: () => import('./serve.ts') },
  schema: { usage: 'schema', summary: 'print the JSON Schema of run records', load: () => import('./schema.ts') },
  completion: {
    usage: 'completion <shell>',
    summary: 'print a completion script for bash, zsh or fish',
    load: () => import('./completion.ts'),
  },
  help: { usage: 'help [command | exit-codes]', summary: 'say how a command is used', load: () => import('./help.ts') },
  version: { usage: 'version', summary: 'print the version', load: () => import('./version.ts') },
} as const satisfies Record<string, CommandEntry>;

/** Name of a command. */
export type CommandName = keyof typeof COMMANDS;
