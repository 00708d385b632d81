import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { command } from '../../src/cli/new.ts';
import { readTemplate, type TemplateName, TEMPLATES } from '../../src/cli/templates.ts';
import type { VU } from '../../src/flow/index.ts';
import { consolidate } from '../../src/scenario/index.ts';
import { startRegistry } from '../../src/serve/index.ts';
import { testVu } from '../flow/support/vu.ts';
import { atEnd } from '../support/at-end.ts';
import { run } from '../support/run.ts';
import { runCli } from '../support/run-cli.ts';
import { tmpFolder } from '../support/tmp.ts';

vi.mock('loadreg', () => import('../../src/index.ts'));

const NAMES = Object.keys(TEMPLATES) as TemplateName[];
const SCENARIOS = NAMES.filter((name) => name !== 'config');

describe('loadreg new', () => {
  it('writes a scenario that loads in a folder of nothing else', async () => {
    const { exitCode, stdout, folder, files } = await runCli(['new', 'perf/first', '--template', 'full']);
    expect([exitCode, stdout.split('\n')[0]]).toEqual([0, 'perf/first.ts: everything that a scenario can say, with its usual value']);
    expect(files['perf/first.ts']).toContain('loadreg run perf/first.ts --registry');
    const inspected = await run(process.execPath, [MAIN, 'inspect', 'perf/first.ts'], { cwd: folder });
    expect(JSON.parse(inspected.stdout)).toMatchObject({ scenario: 'perf/first.ts', maxVUs: 12 });
  });

  it('writes a config file when it is named like one', async () => {
    const file = join(tmpFolder(), 'ci/loadreg.config.ts');
    expect(await newFile(file)).toBe('ok');
    expect(readFileSync(file, 'utf8')).toContain('satisfies Config');
  });

  it('replaces a file with --force only', async () => {
    const file = join(tmpFolder({ 'a.ts': 'mine' }), 'a.ts');
    await expect(newFile(file)).rejects.toThrow(`${file}: is there already (--force replaces it)`);
    expect(readFileSync(file, 'utf8')).toBe('mine');
    expect(await newFile(file, '-f')).toBe('ok');
    expect(readFileSync(file, 'utf8')).toBe(await readTemplate('minimal', file));
  });

  it('tells all that is wrong, and writes nothing', async () => {
    const folder = tmpFolder();
    await expect(newFile(join(folder, 'a.js'), '-t', 'ful')).rejects.toThrow(
      `--template: no template 'ful' (did you mean 'full'?)\n${folder}/a.js: templates are in TypeScript`,
    );
    await expect(newFile(folder, '-f')).rejects.toThrow('is a folder');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('names the file in the words of a shell', async () => {
    expect(await readTemplate('full', "my tests/it's.ts")).toContain("loadreg inspect 'my tests/it'\\''s.ts'\n");
  });
});

async function newFile(...args: string[]): Promise<string> {
  const write = vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
  try {
    return await command(args);
  } finally {
    write.mockRestore();
  }
}

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const TSC = fileURLToPath(new URL('../../node_modules/.bin/tsc', import.meta.url));
const TYPES = fileURLToPath(new URL('../../dist/index.d.ts', import.meta.url));

describe('templates', () => {
  it('all have the right types in a project with nothing but loadreg', async () => {
    const sources = await Promise.all(NAMES.map(async (name) => [`${name}.ts`, await readTemplate(name, `${name}.ts`)] as const));
    const compilerOptions = {
      strict: true,
      noEmit: true,
      module: 'nodenext',
      target: 'es2023',
      skipLibCheck: true,
      paths: { loadreg: [TYPES] },
    };
    const folder = tmpFolder({
      'package.json': '{ "type": "module" }',
      'tsconfig.json': JSON.stringify({ compilerOptions, include: ['*.ts'] }),
      ...Object.fromEntries(sources),
    });
    const { stdout, exitCode } = await run(TSC, ['-p', folder]);
    expect([stdout, exitCode]).toEqual(['', 0]);
  });

  let url = '';
  beforeAll(async () => {
    const registry = await startRegistry();
    atEnd(() => registry.close());
    url = registry.url;
  });

  it.each(SCENARIOS)('%s runs, without a failure', async (name) => {
    const module = (await import(`../../scenarios/templates/${name}.ts`)) as Scenario;
    const input = { path: `/${name}.ts`, customMetrics: CUSTOM, env: {}, flags: {}, version: '0.0.0' };
    const { plan, notes } = consolidate({ ...input, module });
    expect(notes).toEqual([]);
    const { vu, seen } = testVu(url, { env: { SIZE: '16KiB', PAUSE: '1ms' }, settings: { runId: `new-${name}` } });
    const data = JSON.parse(JSON.stringify(await module.setup(vu))) as unknown;
    for (const { exec } of plan.scenarios) {
      const iteration = module[exec] as (vu: VU, data: unknown) => Promise<void>;
      for (let i = 0; i < 10; i += 1) await iteration(vu, data);
    }
    expect(seen.flows.length).toBeGreaterThanOrEqual(10);
    expect(seen.flows.filter(({ code }) => code !== '')).toEqual([]);
    expect(seen.checks.filter(({ ok }) => !ok)).toEqual([]);
  });
});

/** A template, typed as this test sees it. */
interface Scenario {
  readonly [name: string]: unknown;
  setup(vu: VU): Promise<unknown>;
}

/** Those of the template `full`. */
const CUSTOM = [
  { name: 'layers_pulled', type: 'counter', contains: 'default' },
  { name: 'tags_listed_duration', type: 'trend', contains: 'time' },
] as const;
