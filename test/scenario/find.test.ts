import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { LoadregError } from '../../src/base/index.ts';
import { findScenario, readyScenarios } from '../../src/scenario/index.ts';
import { tmpFolder } from '../support/tmp.ts';

const folder = realpathSync(tmpFolder({ 'a.ts': '', 'b.mjs': '', 'scenarios/c.ts': '', 'scenarios/smoke.ts': '', 'dir/x.txt': '' }));

it.each([
  ['a path with its extension', 'a.ts', 'a.ts'],
  ['a path without it', './b', 'b.mjs'],
  ['an absolute path', join(folder, 'a.ts'), 'a.ts'],
  ['the bare name of a file in scenarios/', 'c', 'scenarios/c.ts'],
  ['a bare name that loadreg has too: the own file', 'smoke', 'scenarios/smoke.ts'],
])('finds %s', (_case, given, found) => {
  expect(findScenario(given, folder)).toBe(join(folder, found));
});

it('finds a ready scenario by its name from any folder', () => {
  expect(findScenario('push-heavy', folder)).toMatch(/scenarios\/push-heavy\.ts$/);
  expect(findScenario('executors/ramping-vus', folder)).toMatch(/scenarios\/executors\/ramping-vus\.ts$/);
  expect(readyScenarios()).toEqual(expect.arrayContaining(['pull-heavy', 'mixed']));
});

it('says where it looked, and which ready scenario was probably meant', () => {
  let error: unknown;
  try {
    findScenario('pull-haevy', folder);
  } catch (caught) {
    error = caught;
  }
  expect(error).toBeInstanceOf(LoadregError);
  expect(error).toMatchObject({ exit: 'invalidConfig', hint: expect.stringMatching(/^did you mean 'pull-heavy'\?/) });
  expect((error as Error).message).toContain(join(folder, 'pull-haevy.ts'));
});

it('says so when a folder was named', () => {
  expect(() => findScenario('dir', folder)).toThrow(/'dir' \(it is a folder\)/);
});
