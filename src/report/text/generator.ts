import { NOTHING, safe, share, size, threeDigits, time, wrap } from '../format.ts';
import { type Line, PAGE_WIDTH, type Section, type TextContext } from './lines.ts';
import { faint, value } from './values.ts';

/** Whether the generator measured the registry or itself. Figures are those of the worst second. */
export function generator({ record, paint }: TextContext): Section {
  const { verdict, reasons } = record.generator;
  const { worst } = record.health;
  const lines: Line[] = [
    { label: 'verdict', parts: [{ text: verdict, as: verdict === 'ok' ? 'good' : 'bad' }] },
    ...reasons.flatMap((reason) => wrap(safe(reason), PAGE_WIDTH - 6).map((line, i) => `${i === 0 ? paint.bad('!') : ' '} ${line}`)),
  ];
  if (worst === null) return { title: 'GENERATOR', lines: [...lines, { label: 'health', parts: [value(NOTHING), faint('not sampled')] }] };
  return {
    title: 'GENERATOR',
    lines: [
      ...lines,
      {
        label: 'event_loop_delay',
        parts: [value(`p(99)=${time(worst.loopDelayP99Us)}`), value(`max=${time(worst.loopDelayMaxUs)}`)],
        padTo: 12,
      },
      { label: 'event_loop_busy', parts: [value(share(worst.loopUtilization))] },
      { label: 'cpu', parts: [value(`${threeDigits(worst.cpuShare)} cores`), faint(`of ${record.environment.cores}`)] },
      { label: 'memory', parts: [value(size(worst.rssBytes)), faint('resident')] },
    ],
  };
}
