import { describe, expect, it } from 'vitest';
import type { Problem } from '../../src/base/index.ts';
import { loadConfigFile } from '../../src/scenario/index.ts';
import { type Files, tmpFolder } from '../support/tmp.ts';

async function load(files: Files, given?: string) {
  const problems: Problem[] = [];
  const config = await loadConfigFile(given, tmpFolder(files), problems);
  return { value: config?.value, warnings: config?.warnings, problems };
}

/** The problem without the temporary folder's path. */
async function problemOf(files: Files, given?: string): Promise<Problem | undefined> {
  const { value, problems } = await load(files, given);
  expect(value).toBeUndefined();
  expect(problems).toHaveLength(1);
  const problem = problems[0];
  return problem === undefined ? undefined : { ...problem, where: problem.where.replace(/\/\S*\//, '') };
}

const TYPED = "import type { Config } from 'loadreg';\nexport default { vus: 1 + 1 } satisfies Config;\n";

describe('a config file', () => {
  it.each([
    ['TypeScript with a type of loadreg', 'loadreg.config.ts', TYPED],
    ['TypeScript that waits', 'loadreg.config.mts', 'export default await Promise.resolve({ vus: 2 });'],
    ['JavaScript', 'loadreg.config.js', 'export default { vus: 2 };'],
    ['a CommonJS module', 'loadreg.config.cjs', 'module.exports = { vus: 2 };'],
    ['JSON', 'loadreg.config.json', '{ "vus": 2 }'],
    ['JSON with a byte order mark', 'loadreg.config.json', '\uFEFF{ "vus": 2 }'],
  ])('is found in the current folder: %s', async (_case, name, source) => {
    expect(await load({ [name]: source })).toMatchObject({ value: { vus: 2 }, problems: [] });
  });

  it('need not be there', async () => {
    expect(await load({})).toMatchObject({ value: undefined, problems: [] });
  });

  it('that is named goes before the one in the folder', async () => {
    expect(await load({ 'loadreg.config.json': '{ "vus": 2 }', 'ci/night.json': '{ "vus": 3 }' }, 'ci/night.json')).toMatchObject({
      value: { vus: 3 },
      problems: [],
    });
  });

  it('may import what lies beside it', async () => {
    const files = { 'loadreg.config.ts': "import { n } from './n.ts';\nexport default { vus: n };", 'n.ts': 'export const n: number = 2;' };
    expect(await load(files)).toMatchObject({ value: { vus: 2 }, problems: [] });
  });

  it('passes on what the bundler warns of', async () => {
    const { warnings } = await load({ 'loadreg.config.js': 'export default { vus: 2, vus: 3 };' });
    expect(warnings).toEqual([expect.stringContaining('Duplicate key "vus"')]);
  });

  it.each([
    [
      'JSON that breaks off',
      '{ "vus": 3,\n  "seed": }',
      'c.json',
      { where: 'c.json:2:11', what: expect.stringMatching(/^Unexpected "}" in JSON/) },
    ],
    ['empty JSON', '', 'c.json', { where: 'c.json:1:1', what: expect.stringContaining('Unexpected end of file in JSON') }],
    [
      'JSON with a comment',
      '{\n  // no\n}',
      'c.json',
      { where: 'c.json:2:3', what: expect.stringContaining('JSON does not support comments') },
    ],
    [
      'code that breaks off',
      'export default {\n  vus: ,\n};',
      'c.ts',
      { where: 'c.ts:2:8', what: expect.stringContaining('Unexpected ","') },
    ],
    ['code without a default export', 'export const vus = 1;', 'c.ts', { where: 'config file c.ts', what: 'no default export' }],
    ['a function', 'export default () => ({});', 'c.ts', { where: 'config file c.ts', what: 'the default export is a function' }],
    ['another format', 'vus: 1', 'c.yaml', { where: 'config file c.yaml', what: "'.yaml' is no extension of a config file" }],
  ])('that is %s is a problem with its place', async (_case, source, name, problem) => {
    expect(await problemOf({ [name]: source }, name)).toMatchObject(problem);
  });

  it('that throws is a problem', async () => {
    // Its line is known to Node.js alone, which vitest stands in front of.
    expect(await problemOf({ 'c.ts': 'export default null.x;' }, 'c.ts')).toMatchObject({
      what: expect.stringContaining('the config file threw while it was loaded: TypeError'),
    });
  });

  it('that is not there is a problem', async () => {
    expect(await problemOf({}, 'gone.ts')).toEqual({ where: 'config file gone.ts', what: 'no such file' });
    expect(await problemOf({}, 'gone.json')).toEqual({ where: 'config file gone.json', what: 'no such file' });
  });

  it('is not guessed among several', async () => {
    expect(await problemOf({ 'loadreg.config.ts': TYPED, 'loadreg.config.json': '{}' })).toEqual({
      where: 'config file',
      what: 'there are loadreg.config.ts and loadreg.config.json',
      fix: 'keep one, or name it with --config',
    });
  });
});
