import { expect, it } from 'vitest';
import { didYouMean, nearestName } from '../../src/scenario/index.ts';

const NAMES = ['vus', 'duration', 'iterations', 'noSetup', 'scenarios', 'seed'];

it.each([
  ['a letter too many', 'vuss', 'vus'],
  ['a letter too few', 'iteration', 'iterations'],
  ['two letters swapped', 'duraiton', 'duration'],
  ['another case', 'Duration', 'duration'],
  ['hyphens where there are none', 'no-setup', 'noSetup'],
  ['only a beginning', 'iter', 'iterations'],
  ['the beginning of two', 'se', undefined],
  ['nothing near', 'discardResponseBodies', undefined],
  ['a short word that shares one letter', 'up', undefined],
])('%s: %s -> %s', (_case, given, meant) => {
  expect(nearestName(given, NAMES)).toBe(meant);
});

it('asks whether it was meant', () => {
  expect(didYouMean('sede', NAMES)).toBe("did you mean 'seed'?");
});
