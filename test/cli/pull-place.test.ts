import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openPlace } from '../../src/cli/pull-place.ts';
import { tmpFolder } from '../support/tmp.ts';

describe('the place of a pull', () => {
  it('is beside a new target, which gets its permissions after its name', async () => {
    const folder = tmpFolder();
    const place = await openPlace(join(folder, 'deep/app'), 'folder');
    writeFileSync(join(place.result, 'a'), 'x');
    const settled: string[] = [];
    await place.finish((at) => void settled.push(at, ...readdirSync(at)));
    expect(settled).toEqual([join(folder, 'deep/app'), 'a']);
    expect(await place.discard()).toBeUndefined();
    expect(readdirSync(join(folder, 'deep'))).toEqual(['app']);
  });

  it('is inside of an empty folder, which stays the one it is', async () => {
    const folder = tmpFolder();
    const { ino } = statSync(folder);
    const place = await openPlace(folder, 'folder');
    for (const name of ['a', 'b']) writeFileSync(join(place.result, name), name);
    mkdirSync(join(place.result, 'closed'), { mode: 0o500 });
    expect(readdirSync(folder)).toEqual([expect.stringMatching(/^\.loadreg-/)]);
    await place.finish(() => expect.unreachable());
    await place.discard();
    expect(readdirSync(folder)).toEqual(['a', 'b', 'closed']);
    expect([statSync(folder).ino, statSync(join(folder, 'closed')).mode]).toEqual([ino, 0o40500]);
  });

  it('moves everything into a folder that is there, or nothing', async () => {
    const folder = tmpFolder();
    const place = await openPlace(folder, 'folder');
    for (const name of ['.a', 'b']) writeFileSync(join(place.result, name), name);
    const [own = ''] = readdirSync(folder);
    writeFileSync(join(place.result, own), 'an image that guessed the name');
    await expect(place.finish()).rejects.toThrow(/^(ENOTEMPTY|ENOTDIR|EEXIST)/);
    expect(readdirSync(folder)).toEqual([own]);
    expect(readFileSync(join(place.result, 'b'), 'utf8')).toBe('b');
    await place.discard();
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each(['mine', 'folder'])('does not replace what came meanwhile: %s', async (what) => {
    const top = tmpFolder();
    const [folder, target] = [join(top, 'empty'), join(top, 'new')];
    mkdirSync(folder);
    const [inside, beside] = [await openPlace(folder, 'folder'), await openPlace(target, 'folder')];
    for (const path of [join(folder, 'x'), target]) {
      if (what === 'mine') writeFileSync(path, 'mine');
      else mkdirSync(path);
    }
    for (const place of [inside, beside]) {
      await expect(place.finish()).rejects.toMatchObject({ exit: 'invalidConfig' });
      await place.discard();
    }
    expect(readdirSync(folder)).toEqual(['x']);
    expect(statSync(target).isDirectory()).toBe(what === 'folder');
  });

  it('takes no link for an empty folder', async () => {
    const folder = tmpFolder();
    mkdirSync(join(folder, 'real'));
    symlinkSync('real', join(folder, 'link'));
    await expect(openPlace(join(folder, 'link'), 'folder')).rejects.toThrow(/is there already/);
  });
});
