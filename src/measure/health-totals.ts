import { worstHealth } from './merge.ts';
import type { HealthSample } from './snapshot.ts';
import type { HealthTotals } from './totals.ts';
import { strainOf } from './verdict.ts';

/** Sums up the generator's health over a run. */
export class HealthSeries {
  readonly #cores: number;
  #columns: (HealthSample | undefined)[] = [];
  #worst: HealthSample | undefined;
  #samples = 0;
  #late = 0;
  #busy = 0;
  #cpuBound = 0;

  constructor(cores: number) {
    this.#cores = cores;
  }

  add(column: number, sample: HealthSample, warmup: boolean): void {
    this.#columns[column] = worstHealth(this.#columns[column], sample);
    if (warmup) return;
    this.#worst = worstHealth(this.#worst, sample);
    this.#samples += 1;
    const { late, busy, cpuBound } = strainOf(sample, this.#cores);
    if (late) this.#late += 1;
    if (busy) this.#busy += 1;
    if (cpuBound) this.#cpuBound += 1;
  }

  halveColumns(): void {
    this.#columns = Array.from({ length: Math.ceil(this.#columns.length / 2) }, (_, i) =>
      worstHealth(this.#columns[2 * i], this.#columns[2 * i + 1]),
    );
  }

  totals(columns: number): HealthTotals {
    return {
      samples: this.#samples,
      lateIntervals: this.#late,
      busyIntervals: this.#busy,
      cpuBoundIntervals: this.#cpuBound,
      worst: this.#worst,
      columns: Array.from({ length: columns }, (_, i) => this.#columns[i] ?? null),
    };
  }
}
