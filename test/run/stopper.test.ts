import { expect, it } from 'vitest';
import { Stopper } from '../../src/run/stopper.ts';

it('lets the first reason to end stand, and ends the load once', () => {
  const stopper = new Stopper();
  expect(stopper.end).toEqual({ state: 'finished' });
  stopper.abort('signal', 'Ctrl+C');
  stopper.abort('max-write', 'too much');
  expect(stopper.signal.aborted).toBe(true);
  expect(stopper.end).toEqual({ state: 'aborted', cause: 'signal', reason: 'Ctrl+C' });
});

it('lets the load go on when the run is only marked as failed', () => {
  const stopper = new Stopper();
  stopper.fail('test.fail', 'not good');
  expect(stopper.signal.aborted).toBe(false);
  expect(stopper.end).toEqual({ state: 'failed', cause: 'test.fail', reason: 'not good' });
  expect(stopper.besides).toBeUndefined();
});

it('does not lose a teardown that broke after the run was cut short', () => {
  const stopper = new Stopper();
  stopper.abort('signal', 'Ctrl+C');
  stopper.fail('teardown-exception', 'teardown() threw: left behind');
  expect(stopper.end.state).toBe('aborted');
  expect(stopper.besides).toBe('teardown() threw: left behind');
});

it('drains first and aborts later, for the first reason', () => {
  const stopper = new Stopper();
  stopper.drain('signal', 'SIGINT');
  expect([stopper.stopping.aborted, stopper.signal.aborted]).toEqual([true, false]);
  stopper.abort('signal', 'SIGTERM');
  expect([stopper.signal.aborted, stopper.end]).toEqual([true, { state: 'aborted', cause: 'signal', reason: 'SIGINT' }]);
});

it('ends the load for a mistake of its own, which is no interruption', () => {
  const stopper = new Stopper();
  stopper.breakOff('defect', 'a mistake');
  expect([stopper.stopping.aborted, stopper.signal.aborted, stopper.end.state]).toEqual([true, true, 'failed']);
});
