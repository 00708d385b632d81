import { describe, expect, it } from 'vitest';
import { runCli, spawnCli } from '../support/run-cli.ts';

const SCENARIO = `import { flow, type Options, type VU } from 'loadreg';

const once = { executor: 'per-vu-iterations', vus: 2, iterations: 5 } as const;
export const options: Options = {
  scenarios: {
    careless: { ...once, exec: 'careless' },
    broken: { ...once, exec: 'broken' },
    fine: { ...once, exec: 'fine' },
  },
};

export function careless(vu: VU) {
  void fine(vu);
}

export async function broken(vu: VU) {
  await fine(vu);
  layersOf(vu);
}

function layersOf(image: unknown): number {
  return (image as { layers: string[] }).layers.length;
}

export const fine = (vu: VU) => flow(vu, 'check', (inner) => inner.registry.ping());
`;

it('a scenario that ends the process looks like no run that went well', async () => {
  const { exitCode, stderr, files } = await spawnCli(['run', 's.ts', '--vus', '1', '--iterations', '1'], {
    files: { 's.ts': 'export default () => process.exit(0);' },
  });
  expect(exitCode).toBe(107);
  expect(stderr).toMatch(/error: the scenario ended the process, and no report was written \(process\.exit\(\)/);
  expect(Object.keys(files).filter((file) => file.endsWith('.json'))).toEqual([]);
});

describe('a run of scenarios that measure nothing', () => {
  it('says what is wrong with each of them, once while it runs, and with numbers at its end and in the record', async () => {
    const { stderr, files } = await runCli(['run', 's.ts', '--report', 'r.json', '--summary-mode', 'disabled'], {
      files: { 's.ts': SCENARIO },
    });
    const told = (words: RegExp) => stderr.split('\n').filter((line) => words.test(line));
    expect(told(/scenario careless: .*an await missing .*counted from here on/)).toHaveLength(1);
    expect(told(/an iteration threw TypeError: .*/)).toEqual([
      expect.stringMatching(/ at s\.ts:\d+:\d+, called from s\.ts:\d+:\d+ \(counted from here on/),
    ]);
    const { warnings, iterations } = JSON.parse(files['r.json'] as string) as { warnings: string[]; iterations: { failed: number } };
    expect(iterations.failed).toBe(10);
    expect(warnings).toEqual([
      expect.stringMatching(
        /^scenario careless: iteration finished without a request \d+ times; requests or flows went on .* 10 times\. Is an await missing/,
      ),
      expect.stringMatching(/^scenario broken: every iteration threw \(10 of 10\); first TypeError: Cannot read .* at s\.ts:\d+:\d+$/),
    ]);
  });
});
