import { describe, expect, it } from '@jest/globals';
import { commands, events, settings, unlike } from '../../test/sources';
import type { SourceCommand } from './commands';
import { decideSource } from './decide';
import type { SourceEvent } from './events';
import { evolveSource, initialSource, type SourceState } from './state';

type Status = SourceState['status'];
/** `unlike`: with other settings than the registered ones. */
type Case = SourceCommand['type'] | 'RegisterSource unlike' | 'ChangeSource alike';
type Outcome = Status | 'ignored' | 'SOURCE_UNKNOWN' | 'SOURCE_NAME_TAKEN';

const absent: Record<Case, Outcome> = {
  RegisterSource: 'registered',
  'RegisterSource unlike': 'registered',
  ChangeSource: 'SOURCE_UNKNOWN',
  'ChangeSource alike': 'SOURCE_UNKNOWN',
  RemoveSource: 'SOURCE_UNKNOWN',
  RecordPoll: 'SOURCE_UNKNOWN',
  RecordUnreachable: 'SOURCE_UNKNOWN',
};

/** The table of SPEC.md. */
const table: Record<Status, Record<Case, Outcome>> = {
  none: absent,
  registered: {
    RegisterSource: 'ignored',
    'RegisterSource unlike': 'SOURCE_NAME_TAKEN',
    ChangeSource: 'registered',
    'ChangeSource alike': 'ignored',
    RemoveSource: 'removed',
    RecordPoll: 'registered',
    RecordUnreachable: 'registered',
  },
  removed: absent,
};

const histories: Record<Status, readonly SourceEvent[]> = {
  none: [],
  registered: [events.SourceRegistered],
  removed: [events.SourceRegistered, events.SourceRemoved],
};

const asked: Record<Case, SourceCommand> = {
  ...commands,
  'RegisterSource unlike': { ...commands.RegisterSource, settings: unlike },
  'ChangeSource alike': { ...commands.ChangeSource, settings },
};

const cells = Object.entries(table).flatMap(([status, row]) =>
  Object.entries(row).map(([name, outcome]) => ({ status: status as Status, name: name as Case, outcome })),
);

describe('the table of a source', () => {
  it.each(cells)('$status, $name: $outcome', ({ status, name, outcome }) => {
    const state = histories[status].reduce(evolveSource, initialSource);
    const decision = decideSource(asked[name], state);
    if (decision.kind === 'accepted') {
      expect(decision.events.reduce(evolveSource, state).status).toBe(outcome);
    } else {
      expect(decision.kind === 'rejected' ? decision.code : decision.kind).toBe(outcome);
    }
  });
});
