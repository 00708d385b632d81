import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { type CliOptions, MAIN, runCli, spawnCli } from '../support/run-cli.ts';

const OK = "import { pull } from 'loadreg';\nexport default async (vu) => { await pull(vu, 'a:b'); };\n";

describe('the command line', () => {
  it('lists its commands', async () => {
    for (const args of [['help'], ['--help']]) {
      const { stdout, exitCode } = await runCli(args);
      expect(stdout).toContain('run <scenario>');
      expect(exitCode).toBe(0);
    }
    expect(await spawnCli([])).toMatchObject({ stdout: (await runCli([])).stdout, stderr: '', exitCode: 0 });
  });

  it.each([
    [['version'], /^loadreg \d+\.\d+\.\d+ \(Node\.js v/],
    [['--version'], /^loadreg \d+\.\d+\.\d+ \(Node\.js v/],
    [['help', 'exit-codes'], /^ {2}104 {2}a flag, an option or a file is not valid/m],
    [['help', 'run'], /-u, --vus N/],
    [['serve', '--help'], /--port N/],
  ])('answers %j', async (args, answer) => {
    const { stdout, stderr, exitCode } = await runCli(args);
    expect([stderr, exitCode]).toEqual(['', 0]);
    expect(stdout).toMatch(answer);
  });

  it('prints the JSON Schema of records', async () => {
    expect(JSON.parse((await runCli(['schema'])).stdout)).toMatchObject({ type: 'object', $schema: expect.stringContaining('2020-12') });
  });

  it.each([
    ['an unknown command', ['rnu'], "error: loadreg rnu: no such command (did you mean 'run'?)\n"],
    ['an unknown topic', ['help', 'exit'], "error: loadreg help exit: no such topic (did you mean 'exit-codes'?)\n"],
    ['an unknown flag', ['run', 'x.ts', '--vuss', '3'], "error: --vuss: unknown flag (did you mean '--vus'?)\n"],
    ['no scenario', ['run'], 'error: loadreg run <scenario>: <scenario> missing\n'],
    [
      'a flag before the command',
      ['--vus', '3', 'run'],
      'error: --vus: comes before any command (write loadreg run <scenario> and the flags after it)\n',
    ],
    [
      'a flag of k6',
      ['run', '-l', 'x.ts'],
      'error: --linger: not taken here (there is no REST API to ask afterwards: the record holds every figure)\n',
    ],
    ['a command of k6', ['archive'], 'error: loadreg archive: no such command (scenarios are bundled when they run: copy the folder)\n'],
    ['a wrong port', ['serve', '--port', 'http'], 'error: --port: "http" is not valid (a number from 0 to 65535)\n'],
  ])('explains %s in a line and exits with 104', async (_case, args, message) => {
    expect(await runCli(args)).toMatchObject({ stderr: message, stdout: '', exitCode: 104 });
  });

  it('exits with what the command says, and whole texts', async () => {
    const [help, wrong] = await Promise.all([spawnCli(['run', '--help']), spawnCli(['run'])]);
    expect([help.exitCode, wrong.exitCode]).toEqual([0, 104]);
    expect(help.stdout).toBe((await runCli(['help', 'run'])).stdout);
    expect(wrong.stderr).toBe((await runCli(['run'])).stderr);
  });
});

describe('loadreg inspect', () => {
  const inspect = (args: readonly string[], options: CliOptions = {}, cli = runCli) =>
    cli(['inspect', 's.ts', ...args], { files: { 's.ts': OK }, ...options });

  it('prints the consolidated options of a scenario outside of any project', async () => {
    const { stdout, stderr, exitCode } = await inspect(['--vus', '7', '--duration', '5m'], { env: { LOADREG_SEED: '9' } });
    expect([stderr, exitCode]).toEqual(['', 0]);
    expect(JSON.parse(stdout)).toMatchObject({
      scenario: 's.ts',
      config: null,
      options: { seed: 9, scenarios: { default: { executor: 'constant-vus', vus: 7, duration: '5m0s' } } },
      origins: { seed: 'environment LOADREG_SEED', 'scenarios.default.vus': 'flag --vus' },
      scenarios: [{ description: '7 looping VUs for 5m0s (gracefulStop: 30s)' }],
      maxVUs: 7,
      maxDuration: '5m30s',
    });
  });

  it('reads the config file of the folder, unless it is told not to', async () => {
    const files = {
      's.ts': OK,
      'loadreg.config.ts':
        "import type { Config } from 'loadreg';\nexport default { registry: 'http://127.0.0.1:1', vus: 3 } satisfies Config;\n",
    };
    const inspected = await runCli(['inspect', 's.ts', '--seed', '2'], { files });
    expect(JSON.parse(inspected.stdout)).toMatchObject({
      config: 'loadreg.config.ts',
      options: { registry: 'http://127.0.0.1:1' },
      maxVUs: 3,
    });
    const { stdout } = await runCli(['inspect', 's.ts', '--no-config'], { files });
    expect(JSON.parse(stdout)).toMatchObject({ config: null, maxVUs: 1 });
  });

  it('lists every problem at once and exits with 104', async () => {
    const args = ['--vus', 'x', '--duration', '5 minutes', '--report', 'a.pdf', '--config', 'gone.json'];
    const { stderr, exitCode } = await inspect(args, { env: { LOADREG_VERIFY: 'half' } });
    expect(
      stderr
        .trim()
        .split('\n')
        .map((line) => line.replace(/^error: ([^:]+):.*$/, '$1')),
    ).toEqual(['config file gone.json', 'LOADREG_VERIFY', '--vus', '--duration', '--report']);
    expect(exitCode).toBe(104);
  });

  it('shows no secret', async () => {
    const secrets = ['--registry', 'http://me:topsecret1@host', '-H', 'X-Key: topsecret2', '-e', 'TOKEN=topsecret3'];
    const { stdout, exitCode } = await inspect(secrets, { env: { LOADREG_PASSWORD: 'topsecret4' } }, spawnCli);
    expect(exitCode).toBe(0);
    expect(stdout).not.toContain('topsecret');
    expect(JSON.parse(stdout)).toMatchObject({ options: { env: { TOKEN: '***' }, registry: 'http://host', headers: { 'X-Key': '***' } } });
  });

  it.each([
    ['is missing', {}, 104, /^error: no scenario file 's\.ts'; looked for\n.*s\.ts/],
    ['has a syntax error', { 's.ts': 'const x = (;' }, 107, /^error: s\.ts:1:12: Unexpected ";"\n {2}1 \| const x = \(;\n/],
    [
      'throws',
      { 's.ts': '\nnull.x;\nexport default () => {};' },
      107,
      /^error: s\.ts:2:6: the scenario threw while it was loaded: TypeError/,
    ],
    ['has no default export', { 's.ts': 'export const options = {};' }, 104, /^error: s\.ts: no default export/],
    [
      'has options of the wrong types',
      { 's.ts': "export const options = { vus: '?', tags: 5 };\nexport default () => {};" },
      104,
      /options\.vus.*\n.*options\.tags/,
    ],
  ])('tells what is wrong with a scenario that %s', async (_case, files, code, message) => {
    const { stderr, exitCode } = await runCli(['inspect', 's.ts'], { files });
    expect(stderr).toMatch(message);
    expect(exitCode).toBe(code);
  });
});

describe('loadreg serve', () => {
  it.each([
    ['SIGTERM', (child: ReturnType<typeof spawn>) => child.kill('SIGTERM')],
    ['the end of stdin', (child: ReturnType<typeof spawn>) => child.stdin?.end()],
  ])('prints its address and serves until %s', async (_case, end) => {
    const child = spawn(process.execPath, [MAIN, 'serve', '--port', '0', '--prefix', 'base', '--until-stdin-closes']);
    try {
      const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
      const url = chunk.toString().trim();
      expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/base$/);
      expect((await fetch(`${url}/v2/`)).status).toBe(200);
      const closed = once(child, 'close');
      end(child);
      expect(await closed).toEqual([0, null]);
    } finally {
      child.kill('SIGKILL');
    }
  });
});
