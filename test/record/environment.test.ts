import { describe, expect, it } from 'vitest';
import { environmentId, readEnvironment } from '../../src/record/index.ts';
import { recordInput } from '../support/records.ts';

const { environment } = recordInput();

describe('environmentId', () => {
  it.each([
    ['another CPU', { cpuModel: 'Other' }],
    ['more cores', { cores: 4 }],
    ['more memory', { memoryBytes: 16 * 1024 ** 3 }],
    ['a label', { label: 'lab-3' }],
  ])('changes with %s', (_phrase, change) => {
    expect(environmentId({ ...environment, ...change })).not.toBe(environmentId(environment));
  });

  it.each([
    ['kernel', { kernel: '6.2.0' }],
    ['Node', { nodeVersion: 'v24.0.0' }],
    ['amount that the kernel keeps for itself', { memoryBytes: environment.memoryBytes - 30 * 1024 ** 2 }],
  ])('does not change with another %s', (_phrase, change) => {
    expect(environmentId({ ...environment, ...change })).toBe(environmentId(environment));
  });
});

describe('readEnvironment', () => {
  it('describes this machine', () => {
    const here = readEnvironment('lab-3');
    expect(here).toMatchObject({ nodeVersion: process.version, label: 'lab-3' });
    expect(here.cores).toBeGreaterThan(0);
    expect(here.memoryBytes).toBeGreaterThan(0);
    expect(here.cpuModel).not.toBe('');
  });
});
