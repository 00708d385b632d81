import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.ts';
import { bashCompletion } from '../../src/cli/completion-bash.ts';
import { fishCompletion } from '../../src/cli/completion-fish.ts';
import { type CompletionCommand, completionModel } from '../../src/cli/completion-model.ts';
import { zshCompletion } from '../../src/cli/completion-zsh.ts';
import { CLIENT_NAMES } from '../../src/flow/index.ts';
import { flagOf, OPTION_ROWS, readyScenarios } from '../../src/scenario/index.ts';
import { run, runOk } from '../support/run.ts';
import { tmpFolder } from '../support/tmp.ts';

let commands: readonly CompletionCommand[] = [];
beforeAll(async () => {
  commands = await completionModel();
});

const isInstalled = (shell: string) => spawnSync(shell, ['--version']).status === 0;

describe('what shells are told', () => {
  it('is every command and every flag of run', () => {
    expect(commands.map(({ name }) => name)).toEqual(Object.keys(COMMANDS));
    const flags = OPTION_ROWS.flatMap(([, row]) => flagOf(row)?.name ?? []);
    expect(commands.find(({ name }) => name === 'run')?.flags.map(({ name }) => name)).toEqual(expect.arrayContaining([...flags, 'help']));
  });

  it('leaves out what the help leaves out, and says something of all else', () => {
    const flags = commands.flatMap((command) => command.flags);
    expect(flags.map(({ name }) => name)).not.toContain('until-stdin-closes');
    expect(flags.filter(({ doc }) => doc === '')).toEqual([]);
  });

  it('has flags for every command but those without any', () => {
    expect(commands.filter(({ flags }) => flags.length === 0).map(({ name }) => name)).toEqual(['help', 'version']);
  });
});

describe('bash', () => {
  /** What bash offers behind these words, in a folder with two files and a folder. */
  async function offers(...words: string[]): Promise<string[]> {
    const folder = tmpFolder({ 'completion.bash': bashCompletion(commands), 'my scenario.ts': '', 'loadreg.config.ts': '', 'ci/x.ts': '' });
    const script = `cd "$1"; source ./completion.bash; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _loadreg; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const stdout = await runOk('bash', ['-c', script, 'bash', folder, 'loadreg', ...words]);
    return stdout.split('\n').filter((line) => line !== '');
  }

  it.each<[string, string[], readonly string[]]>([
    ['commands', ['ins'], ['inspect']],
    ['long flags', ['run', '--no-th'], ['--no-thresholds']],
    ['names for a flag', ['run', '--client', ''], CLIENT_NAMES],
    ['names for a flag with =, which bash takes apart', ['run', '--verify', '=', 'sa'], ['sampled:']],
    ['names that begin alike', ['push', '--client', 'docker'], ['docker', 'docker-containerd']],
    ['ready scenarios', ['run', 'pull-'], ['pull-heavy']],
    ['files, with spaces', ['run', 'my'], ['my scenario.ts']],
    ['files for a flag that takes one', ['inspect', '-c', 'load'], ['loadreg.config.ts']],
    ['folders alone for a flag that takes one', ['run', '--reports-dir', ''], ['ci']],
    ['nothing for a number', ['run', '--vus', ''], []],
    ['shells', ['completion', ''], ['bash', 'zsh', 'fish']],
    ['topics of the help', ['help', 'exit'], ['exit-codes']],
    ['nothing for a command that there is not', ['ruin', '--'], []],
  ])('offers %s', async (_case, words, offered) => {
    expect(await offers(...words)).toEqual(offered);
  });

  it('knows every ready scenario', async () => {
    expect(await offers('inspect', '')).toEqual(expect.arrayContaining(readyScenarios()));
  });
});

describe.skipIf(!isInstalled('zsh'))('zsh', () => {
  it('takes the script', async () => {
    expect(await run('zsh', ['-n', join(tmpFolder({ _loadreg: zshCompletion(commands) }), '_loadreg')])).toMatchObject({
      stderr: '',
      exitCode: 0,
    });
  });
});

describe.skipIf(!isInstalled('fish'))('fish', () => {
  it('offers commands, flags and their values', async () => {
    const file = join(tmpFolder({ 'loadreg.fish': fishCompletion(commands) }), 'loadreg.fish');
    const ask = (line: string) => runOk('fish', ['--no-config', '-c', `source ${file}; complete -C '${line}'`]);
    expect(await ask('loadreg ins')).toMatch(/^inspect\t/);
    expect(await ask('loadreg run --no-th')).toMatch(/^--no-thresholds\t/);
    expect(await ask('loadreg run --client cr')).toMatch(/^crane\t/);
  });
});

describe('scripts', () => {
  it.each([
    ['zsh', zshCompletion],
    ['fish', fishCompletion],
  ])('of %s name every command, flag and value', (_shell, script) => {
    const text = script(commands);
    const names = commands.flatMap(({ name, flags }) => [
      name,
      ...flags.map((flag) => flag.name),
      ...flags.flatMap((flag) => flag.value?.words ?? []),
    ]);
    expect([...new Set(names)].filter((name) => !text.includes(name) && !text.includes(name.replaceAll(':', '\\:')))).toEqual([]);
  });
});
