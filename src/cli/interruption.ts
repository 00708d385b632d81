import { formatDuration } from '../base/index.ts';
import type { Interruption } from '../run/index.ts';

/** What a signal does to a run, and what the next one would, in one line. */
export function interruptionText({ drains, stage, running, gracefulStopMs }: Interruption): string {
  const rest = 'teardown runs, the report is written';
  const outer = stage === 'cleanup' ? 'cleanup' : 'teardown';
  switch (stage) {
    case 'preflight':
      return 'interrupted: nothing was started yet';
    case 'setup':
      return `interrupted: setup is cut off, ${rest}; ${drains ? again('cut off teardown') : LEAVE}`;
    case 'run': {
      if (!drains) return `interrupted: running iterations are cut off, ${rest}; ${LEAVE}`;
      const iterations = running === 1 ? 'the running one has' : `the ${running} running ones have`;
      const finish = running === 0 ? 'and none is running' : `and ${iterations} up to ${formatDuration(gracefulStopMs)} to finish`;
      return `stopping: no more iterations start, ${finish}; ${again('cut them off')}`;
    }
    default:
      return drains
        ? `stopping: the load is over, ${outer} finishes and the report is written; ${again(`cut off ${outer}`)}`
        : `interrupted: ${outer} is cut off, the report is written; ${LEAVE}`;
  }
}

const LEAVE = 'press Ctrl+C again to leave without a report';

function again(what: string): string {
  return `press Ctrl+C again to ${what}, a third time to leave without a report`;
}
