import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { InvalidConfigError } from '../../src/base/index.ts';
import { openOutputs, outputProblems } from '../../src/output/index.ts';
import { REFUSED } from '../../src/output/refused.ts';
import { listen } from '../support/listen.ts';
import { keptLog } from '../support/log.ts';
import { tmpFolder } from '../support/tmp.ts';

const folder = tmpFolder({ 'a.file': '' });
const inside = (name: string) => join(folder, name);
const HELP = '(json=FILE[.gz], csv=FILE[.gz] or prometheus[=HOST:PORT])';

describe('what is wrong with an output is told before the run', () => {
  it.each([
    ['no name', '', `there is no output '' ${HELP}`],
    ['a name that is unknown', 'jsn=x', `there is no output 'jsn' ${HELP}`],
    ['a name of an object', 'constructor=x', `there is no output 'constructor' ${HELP}`],
    ['no file name', 'json', 'the name of its file is missing (FILE, or FILE.gz to have it compressed)'],
    ['an empty file name', 'csv=', 'the name of its file is missing (FILE, or FILE.gz to have it compressed)'],
    ['stdout', 'json=-', 'stdout is where the summary goes (name a file)'],
    [
      'a folder that is not there',
      `csv=${inside('gone/p.csv')}`,
      `there is no folder ${inside('gone')} (a file in a folder that is there)`,
    ],
    ['a folder that is a file', `json=${inside('a.file/p.json')}`, `${inside('a.file')} is no folder (a file in a folder that is there)`],
    ['a file that is a folder', `json=${folder}`, `${folder} is a folder (name a file)`],
    ['an address that is none', 'prometheus=here', "'here' is no address (HOST:PORT, as 127.0.0.1:5656; port 0 takes a free one)"],
    [
      'a port that is none',
      'prometheus=127.0.0.1:65536',
      "'127.0.0.1:65536' is no address (HOST:PORT, as 127.0.0.1:5656; port 0 takes a free one)",
    ],
  ])('%s', async (_, text, message) => {
    const problems = await outputProblems([text]);
    expect(new InvalidConfigError(problems).message).toBe(`--out ${text}: ${message}`);
  });

  it.each(Object.keys(REFUSED))("k6's %s is refused, with a reason", async (name) => {
    const [problem, ...others] = await outputProblems([`${name}=http://127.0.0.1:1`]);
    expect(others).toEqual([]);
    expect(problem?.what).toBe(`the output ${name} of k6 is not here: ${REFUSED[name]}`);
  });

  it('an address of another machine', async () => {
    const [problem] = await outputProblems(['prometheus=192.0.2.1:5656']);
    expect(problem?.what).toMatch(/^cannot listen on 192\.0\.2\.1:5656: .*EADDRNOTAVAIL/);
  });

  it('all of it at once: a port in use, a file named twice, one that is a report', async () => {
    const { url } = await listen(() => {});
    const { port } = new URL(url);
    const outputs = [`prometheus=${port}`, 'kafka=x', `json=${inside('x')}`, `csv=${inside('./x')}`, `json=${inside('r.json')}`];
    const problems = await outputProblems(outputs, { where: 'LOADREG_OUT', files: [inside('r.json')] });
    expect(new InvalidConfigError(problems).message.split('\n')).toEqual([
      `LOADREG_OUT prometheus=${port}: port ${port} of 127.0.0.1 is in use (another port; 0 takes a free one)`,
      expect.stringMatching(/^LOADREG_OUT kafka=x: the output kafka of k6 is not here: /),
      `LOADREG_OUT csv=${inside('./x')}: writes to the same file as LOADREG_OUT json=${inside('x')} (another one)`,
      `LOADREG_OUT json=${inside('r.json')}: writes to the same file as --report ${inside('r.json')} (another one)`,
    ]);
  });

  it('nothing, for outputs that can be had; and nothing is made', async () => {
    const fine = [
      `json=${inside('a.json')}`,
      `csv=${inside('b=c.csv.gz')}`,
      'prometheus=0',
      'prometheus=127.0.0.1:0',
      `json=${inside('a.file')}`,
    ];
    expect(await outputProblems(fine)).toEqual([]);
    expect(readdirSync(folder)).toEqual(['a.file']);
  });
});

describe('opening', () => {
  it('tells every output that cannot be had after all, and closes those that could', async () => {
    const { url } = await listen(() => {});
    const { port } = new URL(url);
    const opening = openOutputs([`json=${inside('gone/p')}`, 'prometheus=0', `prometheus=${port}`], {
      log: keptLog(),
      thresholds: [],
      warmupIntervals: 0,
    });
    await expect(opening).rejects.toThrow(InvalidConfigError);
    const message = await opening.catch((error: unknown) => (error as Error).message);
    expect(message).toMatch(/^--out json=.*ENOENT.*\n--out prometheus=\d+: .*EADDRINUSE/);
  });
});
