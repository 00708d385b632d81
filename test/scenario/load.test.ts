import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { LoadregError } from '../../src/base/index.ts';
import { loadScenario } from '../../src/scenario/index.ts';
import { runOk } from '../support/run.ts';
import { tmpFolder } from '../support/tmp.ts';

/** A folder outside of any project: no package.json, no node_modules with loadreg. */
const PACKAGE = { 'node_modules/greet/package.json': '{"name":"greet","main":"index.js"}' };
const files = {
  ...PACKAGE,
  'node_modules/greet/index.js': "const os = require('os'); module.exports = { greet: () => typeof os.EOL, dir: __dirname };",
  'data.json': '{"answer":42}',
  'helper.ts':
    'interface Unused { a: 1 }\n\nexport const here = import.meta.url;\nexport function fail(): never {\n  throw new Error("told to");\n}\n',
  'full.ts': [
    "import { createRequire } from 'node:module';",
    "import { Counter, pull, type VU } from 'loadreg';",
    "import { dir, greet } from 'greet';",
    "import data from './data.json';",
    "import { fail, here } from './helper.js';",
    'enum Kind { A = 7 }',
    'class Held { constructor(readonly value: number) {} }',
    "const later = await import('./helper.ts');",
    'const require = createRequire(import.meta.url);',
    "export const scans = new Counter('scans');",
    'export const facts = { kind: Kind.A, held: new Held(3).value, greet: greet(), dir, data, here, own: import.meta.dirname,',
    "  same: later.fail === fail, pull: typeof pull, path: typeof require('node:path').join };",
    'export default function (vu: VU) { fail(); }',
    'export async function late() { await null; setup(); }',
    "function setup() { throw new TypeError('deep'); }",
  ].join('\n'),
};

async function errorOf(source: string, others: Record<string, string> = {}): Promise<LoadregError> {
  const folder = tmpFolder({ 's.ts': source, ...others });
  return loadScenario('s.ts', folder).then(
    () => expect.fail('it was loaded'),
    (error: unknown) => error as LoadregError,
  );
}

const BUILT = new URL('../../dist/scenario/index.js', import.meta.url).href;

/**
 * Runs statements in a process of its own, where `load(file)` loads a scenario of the folder and `tell(value)` gives what is returned.
 * vitest imports modules its own way, and has its own stack traces: what Node.js itself makes of a scenario shows only outside of it.
 */
async function inNode(folder: string, statements: string): Promise<unknown> {
  const head = `import { loadScenario } from '${BUILT}'; const load = (file) => loadScenario(file); const tell = (value) => console.log(JSON.stringify(value));`;
  return JSON.parse(await runOk(process.execPath, ['--input-type=module', '-e', `${head}\n${statements}`], { cwd: folder })) as unknown;
}

async function errorInNode(given: Record<string, string>): Promise<unknown> {
  return inNode(tmpFolder(given), "await load('s.ts').catch(({ message, exit, hint }) => tell({ message, exit, hint }));");
}

describe('a TypeScript file from anywhere', () => {
  const folder = tmpFolder(files);

  it('may use all of TypeScript, npm packages, JSON, top-level await and its own place', async () => {
    const { module } = await loadScenario('full.ts', folder);
    expect(module['facts']).toEqual({
      kind: 7,
      held: 3,
      greet: 'string',
      dir: join(folder, 'node_modules/greet'),
      data: { answer: 42 },
      here: `file://${folder}/helper.ts`,
      own: folder,
      same: true,
      pull: 'function',
      path: 'function',
    });
  });

  it('gets the running copy of loadreg, and its metrics are known', async () => {
    const { customMetrics } = await loadScenario('full.ts', folder);
    expect(customMetrics).toMatchObject([{ name: 'scans', type: 'counter', contains: 'default' }]);
  });

  it('has errors that point at the line that threw, in whichever of its files', async () => {
    const statements = `
      const { module, userFrame, userStack } = await load('full.ts');
      const thrown = async (run) => { try { await run(); } catch (error) { return error; } };
      const first = await thrown(() => module.default());
      tell([userFrame(first), userFrame(await thrown(() => module.late())), userFrame(new Error('x')) ?? null, userFrame('x') ?? null, first.stack.split('\\n')[1], userStack(first)]);`;
    const [direct, later, elsewhere, none, frame, stack] = (await inNode(folder, statements)) as string[];
    expect([direct, later, elsewhere, none]).toEqual(['helper.ts:5:9', 'full.ts:15:26', null, null]);
    expect(stack).toEqual(['helper.ts:5:9', expect.stringMatching(/^full\.ts:\d+:\d+$/)]);
    expect(frame).toContain('helper.ts:5:9'); // what users print themselves is right, too
  });

  it('leaves no file behind', async () => {
    const before = readdirSync(tmpdir()).filter((name) => /^loadreg-\w{6}$/.test(name));
    await loadScenario('full.ts', folder);
    expect(readdirSync(tmpdir()).filter((name) => /^loadreg-\w{6}$/.test(name) && !before.includes(name))).toEqual([]);
    expect(existsSync(join(folder, 'full.loadreg.mjs'))).toBe(false);
  });
});

describe('the text for the workload hash', () => {
  it('does not depend on where the file lies, nor on comments and white space', async () => {
    const one = await loadScenario('full.ts', tmpFolder(files));
    const other = await loadScenario(
      'full.ts',
      tmpFolder({ ...files, 'full.ts': `// a remark\n\n${files['full.ts'].replaceAll('{ fail(); }', '{\n  fail();\n}')}` }),
    );
    expect(other.text).toBe(one.text);
    expect(one.text).not.toContain(tmpdir());
    expect(one.text).not.toContain('sourceMappingURL');
  });

  it('changes with what the scenario does', async () => {
    const one = await loadScenario('s.ts', tmpFolder({ 's.ts': 'export default () => 1;' }));
    const other = await loadScenario('s.ts', tmpFolder({ 's.ts': 'export default () => 2;' }));
    expect(other.text).not.toBe(one.text);
  });
});

describe('a file that cannot be loaded', () => {
  it('has a syntax error: file, line and the code', async () => {
    const error = await errorOf('const a = 1;\nconst b = (;\n');
    expect(error.exit).toBe('scriptException');
    expect(error.message).toMatch(/s\.ts:2:12: Unexpected ";"\n {2}2 \| const b = \(;\n {4}\| {12}\^$/);
  });

  it('imports what is not there: every import is told', async () => {
    const error = await errorOf("import a from 'not-there';\nimport b from './gone.ts';\nexport default () => a + b;");
    expect(error).toMatchObject({ exit: 'scriptException', hint: expect.stringContaining('npm packages') });
    expect(error.message).toMatch(/s\.ts:1:15: Could not resolve "not-there"/);
    expect(error.message).toMatch(/s\.ts:2:15: Could not resolve "\.\/gone\.ts"/);
  });

  it('imports what loadreg does not have: the nearest name', async () => {
    const error = await errorInNode({ 's.ts': "import {\n  pul,\n} from 'loadreg';\nexport default () => pul;" });
    expect(error).toEqual({
      exit: 'scriptException',
      message: "s.ts:2: 'loadreg' has no export named 'pul'",
      hint: "did you mean 'pull'?",
    });
  });

  it('imports from inside loadreg', async () => {
    expect((await errorOf("import { x } from 'loadreg/http';\nexport default () => x;")).message).toContain("'loadreg/http' is not public");
  });

  it.each([
    ['k6/http', 'vu.request({ method, path })'],
    ['k6', "exported by 'loadreg'"],
    ['https://jslib.k6.io/k6-utils/1.4.0/index.js', 'import npm packages'],
  ])('imports %s: what stands for it', async (name, instead) => {
    const { message } = await errorOf(`import x from '${name}';\nexport default () => x;`);
    expect(message).toMatch(/s\.ts:1:15: '.+' is a module of k6 and not here: /);
    expect(message).toContain(instead);
  });

  it('is a CommonJS module by its name', async () => {
    const folder = tmpFolder({ 's.cjs': 'module.exports = () => {};' });
    await expect(loadScenario('s.cjs', folder)).rejects.toMatchObject({
      exit: 'invalidConfig',
      message: expect.stringMatching(/s\.cjs: a scenario is an ES module, and \.cjs says CommonJS$/),
      hint: 'write export in place of module.exports, and name it .ts, .js or .mjs',
    });
  });

  it('throws at its top level, in a helper: the line of the helper', async () => {
    const error = await errorInNode({ 's.ts': "import './helper.ts';\nexport default () => {};", 'helper.ts': '\n\nnull.foo;\n' });
    expect(error).toMatchObject({
      exit: 'scriptException',
      message: expect.stringMatching(/^helper\.ts:3:6: the scenario threw while it was loaded: TypeError: Cannot read/),
    });
  });

  it('throws something that is no error', async () => {
    expect((await errorOf("throw 'enough';")).message).toMatch(/s\.ts: the scenario threw while it was loaded: enough$/);
  });
});
