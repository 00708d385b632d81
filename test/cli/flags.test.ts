import { describe, expect, it } from 'vitest';
import { InvalidConfigError } from '../../src/base/index.ts';
import { type CommandSpec, parseArgs } from '../../src/cli/flags.ts';
import { helpText } from '../../src/cli/help-text.ts';
import { exitCodes, overview } from '../../src/cli/help.ts';
import { INSPECT_SPEC, RUN_SPEC } from '../../src/cli/run-flags.ts';

const SPEC: CommandSpec = {
  usage: 'loadreg do <file>',
  summary: 'Does it.',
  positionals: ['file'],
  flags: [
    { name: 'vus', short: 'u', value: 'N', doc: 'virtual users' },
    { name: 'env', short: 'e', value: 'NAME=VALUE', doc: 'a variable', repeat: true },
    { name: 'no-setup', doc: 'no setup' },
    { name: 'secretly', doc: 'hidden', hidden: true },
  ],
};

const flagsOf = async (...args: string[]) => (await parseArgs(args, SPEC)).flags;

describe('arguments', () => {
  it.each([
    ['a value apart', ['f', '--vus', '5'], { vus: '5' }],
    ['a value after =', ['f', '--vus=5'], { vus: '5' }],
    ['a short flag', ['f', '-u', '5'], { vus: '5' }],
    ['the last of several', ['f', '-u', '5', '--vus', '6'], { vus: '6' }],
    ['a negative number', ['f', '--vus', '-5'], { vus: '-5' }],
    ['a repeated flag, dots and all', ['-e', 'A.B=1', 'f', '--env', 'C=2,3'], { env: ['A.B=1', 'C=2,3'] }],
    ['one of a repeatable flag before the file', ['-e', 'A=1', 'f'], { env: ['A=1'] }],
    ['a flag that begins with no-', ['f', '--no-setup'], { 'no-setup': true }],
    ['a flag without its value', ['f', '--vus'], { vus: '' }],
    ['a hidden flag', ['f', '--secretly'], { secretly: true }],
  ])('%s', async (_case, args, flags) => {
    expect(await flagsOf(...args)).toEqual(flags);
  });

  it('of k6 that are not taken are told with the reason, and their values are no arguments', async () => {
    const args = ['--rps', '10', '--paused', 's.ts', '-t', 'js', '--blacklist-ip=10.0.0.0/8', '--vus', '3'];
    const error = await parseArgs(args, RUN_SPEC).catch((caught: unknown) => caught);
    expect((error as InvalidConfigError).problems.map(({ where, what }) => `${where}: ${what}`)).toEqual([
      '--rps: not taken here',
      '--paused: not taken here',
      '--type: not taken here',
      '--blacklist-ip: not taken here',
    ]);
  });

  it('keep positionals as they are written', async () => {
    expect((await parseArgs(['007'], SPEC)).positionals).toEqual(['007']);
  });

  it('ask for help with -h and --help, whatever else is wrong', async () => {
    expect(await parseArgs(['-h'], SPEC)).toMatchObject({ help: true });
    expect(await parseArgs(['--help', '--nope'], SPEC)).toMatchObject({ help: true });
  });

  it('name every flag that is not known, with the nearest one, and what is missing or too many', async () => {
    const error: unknown = await parseArgs(['--vuss', '3', '--setup', '-z'], SPEC).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(InvalidConfigError);
    expect((error as InvalidConfigError).problems).toEqual([
      { where: '--vuss', what: 'unknown flag', fix: "did you mean '--vus'?" },
      { where: '--setup', what: 'unknown flag', fix: 'loadreg do --help lists the flags' },
      { where: '-z', what: 'unknown flag', fix: 'loadreg do --help lists the flags' },
      { where: 'loadreg do <file>', what: '<file> missing' },
    ]);
    await expect(parseArgs(['a', 'b'], SPEC)).rejects.toThrow('b: one argument too many (loadreg do <file>)');
  });
});

describe('help', () => {
  it.each([
    ['run', helpText(RUN_SPEC)],
    ['inspect', helpText(INSPECT_SPEC)],
    ['the commands', overview()],
    ['exit codes', exitCodes()],
  ])('of %s is at most 80 columns wide', (_case, text) => {
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it('shows flags with their short names and placeholders, and no hidden ones', () => {
    expect(helpText(SPEC)).toBe(`Usage: loadreg do <file> [flags]

Does it.

Flags:
  -u, --vus N                   virtual users
  -e, --env NAME=VALUE          a variable
      --no-setup                no setup
  -h, --help                    show this help
`);
  });
});
