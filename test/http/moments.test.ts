import { expect, it } from 'vitest';
import { Moments } from '../../src/http/moments.ts';

const timeouts = { connect: 1, headers: 100, uploadHeaders: 300, stall: 50, total: 1_000 };

function reached(at: Partial<Record<'startedAt' | 'sentAt' | 'respondedAt' | 'receivedAt', number>>) {
  const moments = new Moments();
  for (const [name, ms] of Object.entries(at)) moments[name as keyof typeof at] = moments.queuedAt + ms;
  return moments;
}

it.each<[string, Parameters<typeof reached>[0], boolean, [ms: number, over: string | undefined][]]>([
  [
    'waits for a connection',
    {},
    false,
    [
      [999, undefined],
      [1_001, 'total'],
    ],
  ],
  [
    'sends its body',
    { startedAt: 10 },
    true,
    [
      [999, undefined],
      [1_001, 'total'],
    ],
  ],
  [
    'waits for a head',
    { startedAt: 10, sentAt: 20 },
    false,
    [
      [119, undefined],
      [121, 'headers'],
    ],
  ],
  [
    'waits for an upload to be committed',
    { startedAt: 10, sentAt: 20 },
    true,
    [
      [319, undefined],
      [321, 'headers'],
    ],
  ],
  [
    'receives',
    { startedAt: 10, sentAt: 20, respondedAt: 30, receivedAt: 200 },
    false,
    [
      [249, undefined],
      [251, 'stall'],
    ],
  ],
  ['receives for too long in all', { startedAt: 10, sentAt: 20, respondedAt: 30, receivedAt: 990 }, false, [[1_001, 'total']]],
])('knows what is over for an exchange that %s', (_phrase, at, isUpload, looks) => {
  const moments = reached(at);
  for (const [ms, over] of looks) expect([ms, moments.overdue(moments.queuedAt + ms, timeouts, isUpload)]).toEqual([ms, over]);
});

it.each<[string, Parameters<typeof reached>[0], number[]]>([
  ['was answered', { startedAt: 10, sentAt: 12, respondedAt: 42 }, [10, 2, 30, 58]],
  ['was answered before it was sent', { startedAt: 10, sentAt: 60, respondedAt: 42 }, [10, 32, 0, 58]],
  ['got no answer', { startedAt: 10, sentAt: 12 }, [10, 2, 88, 0]],
  ['never got a connection', {}, [100, 0, 0, 0]],
])('splits the time of an exchange that %s', (_phrase, at, [blocked, sending, waiting, receiving]) => {
  const moments = reached(at);
  const { blocked: b, sending: s, waiting: w, receiving: r } = moments.phases(moments.queuedAt + 100);
  expect([b, s, w, r].map((us) => Math.round(us / 1000))).toEqual([blocked, sending, waiting, receiving]);
});
