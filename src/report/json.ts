import { recordText } from '../record/index.ts';
import type { Reporter } from './reporter.ts';

/** The run record itself. */
export const json: Reporter = (record) => ({ body: recordText(record), mediaType: 'application/json' });
