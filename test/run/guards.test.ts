import { describe, expect, it } from 'vitest';
import { limitWarnings } from '../../src/run/limits.ts';
import { refusePublicRegistry } from '../../src/run/public-registries.ts';
import { WriteBudget } from '../../src/run/write-budget.ts';

describe('a public registry', () => {
  it.each(['https://registry-1.docker.io', 'https://ghcr.io', 'https://eu.gcr.io', 'https://me.azurecr.io', 'https://QUAY.io/some/path'])(
    '%s is refused',
    (url) => {
      expect(() => refusePublicRegistry(url, false)).toThrow('is a public registry');
      expect(() => refusePublicRegistry(url, true)).not.toThrow();
    },
  );
  it.each(['http://localhost:5000', 'https://docker.io.example.test', 'https://mydocker.io.test', 'http://10.0.0.1'])(
    '%s is none',
    (url) => {
      expect(() => refusePublicRegistry(url, false)).not.toThrow();
    },
  );
});

describe('the write budget', () => {
  it('tells once when it is spent, and says the limit', () => {
    const told: string[] = [];
    const budget = new WriteBudget(1024 ** 2, (message) => told.push(message));
    budget.spend(1024 ** 2);
    expect(told).toEqual([]);
    budget.spend(1);
    budget.spend(1);
    expect(told).toEqual(['1 MiB were uploaded, which is the limit that --max-write sets']);
    expect(budget.written).toBe(1024 ** 2 + 2);
  });
});

describe('the limits of the machine', () => {
  it.each([
    ['enough of both', { planned: 600, openFiles: 1024, localPorts: 28_232 }, []],
    ['too few open files', { planned: 1000, openFiles: 1024, localPorts: 28_232 }, ['files may be open']],
    ['too few ports', { planned: 30_000, openFiles: 1_000_000, localPorts: 28_232 }, ['local ports']],
    ['a system that does not tell', { planned: 30_000, openFiles: undefined, localPorts: undefined }, []],
  ])('are judged with %s', (_what, limits, expected) => {
    const warnings = limitWarnings(limits);
    expect(warnings).toHaveLength(expected.length);
    expected.forEach((part, index) => expect(warnings[index]).toContain(part));
  });
});
