import { expect, it } from 'vitest';
import { CHOICES, envName, flagOf, K6_REFUSED, KINDS, OPTION_ROWS, type OptionName } from '../../src/scenario/index.ts';

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

it('has an environment variable for every flag', () => {
  expect(OPTION_ROWS.filter(([, row]) => row.flag !== undefined && row.env !== true).map(([name]) => name)).toEqual([]);
});

it('offers shells only values that are valid', () => {
  const wrong = Object.entries(CHOICES).flatMap(([kind, choices]) =>
    choices.filter((choice) => !choice.endsWith(':') && KINDS[kind as keyof typeof KINDS].parse(choice) === undefined),
  );
  expect(wrong).toEqual([]);
});

it('refuses nothing that it takes', () => {
  const flags = OPTION_ROWS.flatMap(([, row]) => flagOf(row) ?? []);
  const names = [...OPTION_ROWS.map(([name]) => name as string), ...flags.map(({ name }) => name), ...flags.map(({ short }) => short)];
  const refused = K6_REFUSED.flatMap(({ option, flag }) => {
    const taken = flag === undefined ? undefined : flagOf({ flag });
    return [option, taken?.name, taken?.short].filter((name) => name !== undefined);
  });
  expect(refused.filter((name) => names.includes(name))).toEqual([]);
});

it('names environment variables after the options', () => {
  expect(['insecureSkipTLSVerify', 'noVUConnectionReuse', 'maxVus', 'caFile'].map((name) => envName(name as OptionName))).toEqual([
    'LOADREG_INSECURE_SKIP_TLS_VERIFY',
    'LOADREG_NO_VU_CONNECTION_REUSE',
    'LOADREG_MAX_VUS',
    'LOADREG_CA_FILE',
  ]);
});
