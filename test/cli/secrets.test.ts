import { expect, it } from 'vitest';
import { LoadregError, InvalidConfigError } from '../../src/base/index.ts';
import { reportError } from '../../src/cli/errors.ts';
import { createLogger } from '../../src/cli/log.ts';
import { keepSecret, redact } from '../../src/cli/secrets.ts';

function printed(error: unknown): [number, string] {
  let text = '';
  const code = reportError(error, (part) => {
    text += part;
  });
  return [code, text];
}

it('takes known secrets and the credentials of URLs out of a text', () => {
  keepSecret('hunter2hunter2');
  keepSecret('ab'); // too short: half of any text would go with it
  expect(redact('cab: hunter2hunter2 at https://me:pw@host/x and http://host/a@b')).toBe(
    'cab: *** at https://***@host/x and http://host/a@b',
  );
});

it('prints an error that a user can act on as a line and a hint', () => {
  const error = new LoadregError('no answer from http://me:pw@host', { exit: 'registryUnreachable', hint: 'start it' });
  expect(printed(error)).toEqual([120, 'error: no answer from http://***@host\nhint: start it\n']);
});

it('prints every problem on a line', () => {
  const error = new InvalidConfigError([
    { where: '--vus', what: 'no', fix: 'yes' },
    { where: '--seed', what: 'no' },
  ]);
  expect(printed(error)).toEqual([104, 'error: --vus: no (yes)\nerror: --seed: no\n']);
});

it('asks to report anything else, with its stack', () => {
  const [code, text] = printed(new TypeError('oops'));
  expect(code).toBe(255);
  expect(text).toMatch(/^error: this is a defect of loadreg; please report it[^\n]*\nloadreg \d[^\n]*\nTypeError: oops\n {4}at /);
});

it.each(['text', 'json'] as const)('takes secrets out of the %s log, and writes it at once', (format) => {
  keepSecret('hunter2hunter2');
  const lines: string[] = [];
  const log = createLogger({ format, verbose: false, colors: false, write: (line) => lines.push(line) });
  log.warn('sent hunter2hunter2', { url: 'https://me:pw@host' });
  log.debug('not shown');
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('sent ***');
  expect(lines[0]).not.toContain('me:pw');
});

it('takes the credentials of a reference out of a text, and leaves digests', () => {
  expect(redact('image me:pw@host:5000/app and app:1@sha256:abc')).toBe('image ***@host:5000/app and app:1@sha256:abc');
});

it('prints nothing that a terminal obeys, and keeps the lines', () => {
  const evil = '\u001b]0;x\u0007\u009b1m\r\u202e';
  const printedText = printed(new LoadregError(`a ${evil}\nb`, { exit: 'transferFailed', hint: evil }))[1];
  expect(printedText).not.toMatch(/[^\P{Cc}\n]|\u202e/u);
  expect(printedText).toBe('error: a \\u001b]0;x\\u0007\\u009b1m\\u000d\\u202e\nb\nhint: \\u001b]0;x\\u0007\\u009b1m\\u000d\\u202e\n');
  const lines: string[] = [];
  createLogger({ format: 'text', verbose: false, colors: false, write: (line) => lines.push(line) }).warn(evil);
  expect(lines.join('')).not.toMatch(/[^\P{Cc}\n]|\u202e/u);
});
