import { expect, it } from 'vitest';
import { reporters } from '../../src/report/index.ts';
import { busyRecord } from '../support/records.ts';

it("the summary export has k6's shape, figures flat", () => {
  const { body, mediaType } = reporters['summary-export'].report(busyRecord(1), {});
  expect(mediaType).toBe('application/json');
  expect(JSON.parse(body)).toMatchObject({
    root_group: { name: '', path: '', groups: {}, checks: { 'has layers': { name: 'has layers', path: '::has layers' } } },
    metrics: {
      http_reqs: { count: 1789, rate: expect.any(Number) },
      checks: { value: 255 / 256, passes: 255, fails: 1 },
      vus: { value: 4, min: 4, max: 4 },
      http_req_failed: { thresholds: { 'rate<0.01': { ok: true } } },
      flow_duration: { avg: expect.any(Number), 'p(95)': expect.any(Number) },
      'flow_duration{flow:pull}': { thresholds: { 'p(99)<100': { ok: false } } },
    },
  });
});
