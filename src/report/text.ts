import { plainPaint } from './paint.ts';
import type { Reporter } from './reporter.ts';
import { arrivals } from './text/arrivals.ts';
import { errors } from './text/errors.ts';
import { execution } from './text/execution.ts';
import { flows, groups } from './text/flows.ts';
import { generator } from './text/generator.ts';
import { header } from './text/header.ts';
import { renderSections, type TextContext } from './text/lines.ts';
import { network } from './text/network.ts';
import { notes } from './text/notes.ts';
import { operations, phases } from './text/operations.ts';
import { responseTimes } from './text/response-times.ts';
import { stages } from './text/stages.ts';
import { thresholds } from './text/thresholds.ts';
import { totals } from './text/totals.ts';

/** k6's summary, with what a registry needs beside it: flows, operations and their phases, errors by code, and the generator's own state. */
export const text: Reporter = (record, options) => {
  const paint = options.paint ?? plainPaint;
  const mode = options.mode ?? 'full';
  if (mode === 'disabled') return { body: '', mediaType: MEDIA_TYPE };
  const context: TextContext = { record, paint, stats: options.trendStats ?? record.options.summaryTrendStats, full: mode === 'full' };
  const sections = [
    thresholds(context),
    ...totals(context),
    flows(context),
    groups(context),
    operations(context),
    responseTimes(context),
    arrivals(context),
    phases(context),
    execution(context),
    network(context),
    errors(context),
    stages(context),
    generator(context),
    notes(context),
  ];
  return { body: `\n${header(context)}${renderSections(sections, paint)}\n`, mediaType: MEDIA_TYPE };
};

const MEDIA_TYPE = 'text/plain; charset=utf-8';
