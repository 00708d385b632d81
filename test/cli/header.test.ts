import { expect, it } from 'vitest';
import { renderHeader } from '../../src/cli/header.ts';
import { createExecutor } from '../../src/executor/index.ts';

const executor = createExecutor({ executor: 'constant-vus', vus: 2, durationMs: 5_000, warmupMs: 0, gracefulStopMs: 30_000 });
const start = {
  target: 'http://127.0.0.1:5000',
  embedded: false,
  scenarios: [{ name: 'default', executor, startTimeMs: 0 }],
  maxVus: 2,
  maxDurationMs: 35_000,
};

it('says which files a run is made of', () => {
  const header = renderHeader(start, { scenario: 's.ts', config: 'loadreg.config.ts', outputs: [] }, (text) => text);
  expect(header).toContain('   scenario: s.ts\n     config: loadreg.config.ts\n   registry: http://127.0.0.1:5000\n');
  expect(renderHeader(start, { scenario: 's.ts', config: undefined, outputs: [] }, (text) => text)).not.toContain('config');
});
