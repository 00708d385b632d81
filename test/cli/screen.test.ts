import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { Screen } from '../../src/cli/screen.ts';

function screenOf(isTTY: boolean, columns?: number) {
  const out = Object.assign(new PassThrough(), { isTTY, ...(columns === undefined ? {} : { columns }) });
  const taken = () => String(out.read() ?? '').replaceAll('\u001b', '^');
  return { screen: new Screen(out), taken };
}

it('draws over what it drew before', () => {
  const { screen, taken } = screenOf(true);
  screen.draw(['one', 'two']);
  expect(taken()).toBe('one\ntwo\n');
  screen.draw(['three']);
  expect(taken()).toBe('^[2A^[1G^[0Jthree\n');
  screen.clear();
  expect(taken()).toBe('^[1A^[1G^[0J');
  screen.clear();
  expect(taken()).toBe('');
});

it('writes text above the lines', () => {
  const { screen, taken } = screenOf(true);
  screen.draw(['bar']);
  taken();
  screen.print('a message\n');
  expect(taken()).toBe('^[1A^[1G^[0Ja message\nbar\n');
});

it('draws nothing and only writes text without a terminal', () => {
  const { screen, taken } = screenOf(false);
  screen.draw(['bar']);
  screen.print('a message\n');
  expect(taken()).toBe('a message\n');
});

it.each([
  [120, 120],
  [0, 80],
  [undefined, 80],
])('takes %s columns as %i', (given, columns) => {
  expect(screenOf(true, given).screen.columns).toBe(columns);
});
