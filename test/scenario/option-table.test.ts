import { expect, it } from 'vitest';
import { envName, flagOf, OPTION_ROWS } from '../../src/scenario/index.ts';

it('has no two flags, long or short, with one name', () => {
  const names = OPTION_ROWS.flatMap(([, row]) => {
    const flag = flagOf(row);
    return flag === undefined ? [] : [flag.name, ...(flag.short === undefined ? [] : [flag.short])];
  });
  expect(new Set(names).size).toBe(names.length);
});

it('parses every flag that it states', () => {
  expect(OPTION_ROWS.filter(([, row]) => row.flag !== undefined && flagOf(row) === undefined)).toEqual([]);
});

it('never takes a password from the command line', () => {
  const flags = OPTION_ROWS.map(([, row]) => flagOf(row)).filter((flag) => flag !== undefined);
  expect(flags.filter((flag) => /password|token|secret/.test(flag.name) && flag.value !== undefined)).toEqual([]);
});

it('names environment variables after the options', () => {
  expect(envName('insecureSkipTlsVerify')).toBe('LOADREG_INSECURE_SKIP_TLS_VERIFY');
});
