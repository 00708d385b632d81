import { expect, it } from 'vitest';
import { openOutputs } from '../../src/output/index.ts';
import { exchange, scope } from '../support/records.ts';
import { keptLog } from '../support/log.ts';
import { startPrometheus } from '../support/prometheus.ts';
import { describeWith } from '../support/real-parts.ts';
import { tappedRecorder } from './observe.ts';

const EVERY_MS = 250;

describeWith('prometheus', "Debian's prometheus", () => {
  it('scrapes a run while it lasts and its last numbers, and works out quantiles and rates', { timeout: 60_000 }, async () => {
    const outputs = await openOutputs(['prometheus=127.0.0.1:0'], { log: keptLog(), thresholds: [], warmupIntervals: 0 });
    const leave = new AbortController();
    const url = /http:\S+\/metrics/.exec(outputs.descriptions[0] as string)?.[0] as string;
    const prometheus = await startPrometheus(url, EVERY_MS);
    const { recorder, cut } = tappedRecorder(undefined);
    const pulls = scope({ flow: 'pull', tags: { build: '"41"' } });
    /** 100 requests of 3, 30 and 300 ms in turn, and one that failed. */
    const second = (index: number) => {
      for (let i = 0; i < 99; i += 1)
        recorder.exchange(pulls, exchange('blob_get', { sending: 0, receiving: 0, waiting: 3000 * 10 ** (i % 3) }));
      recorder.exchange(pulls, exchange('blob_get', { waiting: 1, status: 503, expected: false, errorCode: 'HTTP_503' }));
      outputs.onInterval(cut(index));
    };
    const sum = (metric: string) => `sum(loadreg_${metric}{flow="pull",operation="blob_get",build="\\"41\\""})`;

    second(0);
    await prometheus.until(sum('http_reqs_total'), (value) => value === 100);
    second(1);
    await prometheus.until(sum('http_reqs_total'), (value) => value === 200);
    expect(Object.values(await prometheus.query(sum('http_req_failed_hits_total')))).toEqual([2]);
    expect(Object.values(await prometheus.query('loadreg_vus_max'))).toEqual([5]);
    const quantile = (share: number) => `histogram_quantile(${share}, sum by (le) (loadreg_http_req_waiting_seconds_bucket{status="200"}))`;
    // Prometheus reads a quantile along a straight line within its bucket.
    await prometheus.until(quantile(0.2), (value) => value > 0.0025 && value <= 0.005);
    await prometheus.until(quantile(0.5), (value) => value > 0.025 && value <= 0.05);
    await prometheus.until(quantile(0.95), (value) => value > 0.25 && value <= 0.5);
    const mean = `${sum('http_req_waiting_seconds_sum')} / ${sum('http_req_waiting_seconds_count')}`;
    await prometheus.until(mean, (value) => Math.abs(value - (0.333 * 33 + 1e-6) / 100) < 1e-9);
    await prometheus.until('sum(increase(loadreg_http_reqs_total[1m])) > 0', (value) => value > 0);

    second(2); // what came in the last moments: the endpoint stays for one more scrape
    await outputs.end();
    await outputs.close(true, leave.signal);
    const last = await prometheus.until('sum(last_over_time(loadreg_http_reqs_total[1m]))', (value) => value === 300);
    expect(last).toBe(300);
  });
});
