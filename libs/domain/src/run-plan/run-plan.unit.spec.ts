import { describe, expect, it } from '@jest/globals';
import { differs, EMPTY_DAYS_BACK, planRun, type PlanFacts, type PlannedDay, type SummaryFacts } from '.';

const closed = '2026-11-20';
const open = '2026-11-23';
const census = { count: 10, digest: '77' };
const summaryOf = (over: Partial<SummaryFacts> = {}): SummaryFacts => ({
  revision: 1,
  sealed: false,
  sourceCount: 10,
  sourceDigest: '77',
  run: 'earlier',
  ...over,
});

const facts = (over: Partial<PlanFacts>): PlanFacts => ({
  run: 'this',
  resync: false,
  period: null,
  at: '2026-11-23T12:00:00Z',
  today: '2026-11-23',
  zone: 'Europe/Rome',
  settleDelayMinutes: 120,
  census: new Map(),
  summaries: new Map(),
  knownFrom: null,
  ...over,
});

type Kind = 'never' | 'unsealed' | 'sealed';
type Action = PlannedDay['action'];

/** Of a day that the source has: [it equals what was copied, it differs]. A day never copied always differs. */
const table: Record<
  'incremental' | 'resync',
  Record<'open' | 'closed', Record<Kind, readonly [Action, Action]>>
> = {
  incremental: {
    open: {
      never: ['synchronize', 'synchronize'],
      unsealed: ['leave', 'synchronize'],
      sealed: ['leave', 'leave'],
    },
    closed: {
      never: ['synchronize', 'synchronize'],
      unsealed: ['synchronize', 'synchronize'],
      sealed: ['leave', 'leave'],
    },
  },
  resync: {
    open: {
      never: ['synchronize', 'synchronize'],
      unsealed: ['synchronize', 'synchronize'],
      sealed: ['synchronize', 'synchronize'],
    },
    closed: {
      never: ['synchronize', 'synchronize'],
      unsealed: ['synchronize', 'synchronize'],
      sealed: ['synchronize', 'synchronize'],
    },
  },
};

const cells = Object.entries(table).flatMap(([run, byClosed]) =>
  Object.entries(byClosed).flatMap(([when, byKind]) =>
    Object.entries(byKind).flatMap(([kind, actions]) =>
      actions.map((action, index) => ({ run, when, kind: kind as Kind, differing: index === 1, action })),
    ),
  ),
);

function plannedDay(run: string, day: string, kind: Kind, differing: boolean): PlannedDay | undefined {
  const summary = summaryOf({ sealed: kind === 'sealed', sourceDigest: differing ? '78' : '77' });
  const plan = planRun(
    facts({
      resync: run === 'resync',
      period: run === 'resync' ? { from: day, to: day } : null,
      census: new Map([[day, census]]),
      summaries: kind === 'never' ? new Map() : new Map([[day, summary]]),
    }),
  );
  expect(plan).toHaveLength(1);
  return plan[0];
}

describe('what a run does with a day', () => {
  it.each(cells)(
    '$run, $when, $kind, differs: $differing → $action',
    ({ run, when, kind, differing, action }) => {
      const planned = plannedDay(run, when === 'open' ? open : closed, kind, differing);
      expect(planned).toMatchObject({
        action,
        closed: when === 'closed',
        differs: kind === 'never' || differing,
      });
    },
  );

  it.each(['open', 'closed'])('leaves alone, %s, what it committed before a crash', (when) => {
    const day = when === 'open' ? open : closed;
    for (const resync of [false, true]) {
      const plan = planRun(
        facts({
          resync,
          census: new Map([[day, { count: 11, digest: '9' }]]),
          summaries: new Map([[day, summaryOf({ run: 'this', sealed: when === 'closed' })]]),
        }),
      );
      expect(plan.map(({ action }) => action)).toEqual(['done']);
    }
  });

  it('keeps to its period, both ends included, in order', () => {
    const days = ['2026-11-21', '2026-11-18', '2026-11-20', '2026-11-19', '2026-11-17'];
    const plan = planRun(
      facts({
        period: { from: '2026-11-18', to: '2026-11-20' },
        census: new Map(days.map((day) => [day, census])),
        summaries: new Map([['2026-11-16', summaryOf()]]),
      }),
    );
    expect(plan.map(({ day }) => day)).toEqual(['2026-11-18', '2026-11-19', '2026-11-20']);
  });
});

describe('days without elements', () => {
  it('are sealed from the first known one, and today waits', () => {
    const plan = planRun(facts({ knownFrom: '2026-11-21' }));
    expect(plan.map(({ day, action }) => [day, action])).toEqual([
      ['2026-11-21', 'synchronize'],
      ['2026-11-22', 'synchronize'],
      ['2026-11-23', 'leave'],
    ]);
  });

  it('are not in the plan before anything was ever there', () => {
    expect(planRun(facts({}))).toEqual([]);
  });

  it('are sealed no further back than a year and a bit', () => {
    const plan = planRun(facts({ knownFrom: '1990-01-01' }));
    expect(plan).toHaveLength(EMPTY_DAYS_BACK + 1);
    expect(plan[0]?.day).toBe('2025-10-19');
  });

  it('differ where a copy has what the source has no more', () => {
    const plan = planRun(facts({ summaries: new Map([[closed, summaryOf()]]) }));
    expect(plan).toMatchObject([
      { day: closed, census: { count: 0, digest: '0' }, differs: true, action: 'synchronize' },
    ]);
  });
});

describe('a day differs', () => {
  it.each([
    { why: 'never copied and empty', counted: { count: 0, digest: '0' }, summary: undefined, is: false },
    { why: 'never copied', counted: census, summary: undefined, is: true },
    { why: 'equal', counted: census, summary: summaryOf(), is: false },
    { why: 'another count', counted: { count: 11, digest: '77' }, summary: summaryOf(), is: true },
    {
      why: 'the same count, another digest',
      counted: { count: 10, digest: '-77' },
      summary: summaryOf(),
      is: true,
    },
  ])('$why: $is', ({ counted, summary, is }) => {
    expect(differs(counted, summary)).toBe(is);
  });
});
