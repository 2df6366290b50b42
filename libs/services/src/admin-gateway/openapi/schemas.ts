/** Every shape that crosses the edge, by its name in the OpenAPI document. */
import type { Period, RunCounts, Trigger } from '@daymark/domain/sync-run';
import type { Unreadable } from '@daymark/domain/source';
import type { DifferenceTotal } from '@daymark/views';
import type { Account, User } from '../accounts/port';
import { ROLES_KNOWN } from '../accounts/port';
import type { UserBody, UserPatch } from '../accounts/users.controller';
import type { KeptEntry } from '../audit/port';
import type { CalendarDocument } from '../calendar/calendar-document';
import type { DayDocument, DifferenceSum } from '../calendar/day-document';
import type { EventDocument } from '../events/event-pages';
import type { FieldError, ProblemDocument } from '../http/problem-document';
import type { RunBody } from '../runs/run-body';
import type { RunDay, RunProgress, RunSummary } from '../runs/run-document';
import type { SessionDocument } from '../sessions/sessions.controller';
import type { StatusDocument } from '../status/status-document';
import {
  array,
  closed,
  count,
  day,
  described,
  flag,
  instant,
  nextCursor,
  object,
  oneOf,
  optional,
  orNull,
  position,
  ref,
  text,
  uuid,
  type Schema,
} from './schema';
import { sourceSchemas } from './source-schemas';

const runTypes = ['incremental', 'day', 'range', 'month'];
const outcomes = [
  ...['synchronized', 'unchanged', 'empty', 'held', 'archived', 'lost'],
  ...['partial', 'withheld', 'failed', 'would-change'],
];
const dayStates = [
  ...['running', 'lost', 'archived', 'failed', 'at-risk', 'held', 'partial', 'pending'],
  ...['synchronized', 'empty', 'unsynchronized', 'unknown', 'future'],
];
const runStatuses = [
  ...['requested', 'running', 'cancelling', 'succeeded'],
  ...['partial', 'withheld', 'failed', 'cancelled'],
];
const password: Schema = { type: 'string', minLength: 8, maxLength: 1024, format: 'password' };
const roles = array(oneOf(ROLES_KNOWN), { minItems: 1, maxItems: 2, uniqueItems: true });
const accountName: Schema = { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}$' };

const problems: Record<string, Schema> = {
  FieldError: object<FieldError>({
    path: described(text, 'Where in the request: `connector.day.column`. Empty for the whole of it.'),
    message: text,
  }),
  Problem: object<ProblemDocument & { correlationId: string }>(
    {
      type: described(text, 'Where the code is explained.'),
      title: text,
      status: { type: 'integer', minimum: 400, maximum: 599 },
      detail: described(text, 'One sentence for the person who has to act.'),
      code: described({ type: 'string', pattern: '^[A-Z][A-Z0-9_]+$' }, 'Stable: what scripts compare.'),
      instance: text,
      errors: array(ref('FieldError')),
      correlationId: optional(described(text, 'In the header x-correlation-id and in the log too.')),
    },
    'A refusal or a fault: RFC 9457.',
  ),
};

const people: Record<string, Schema> = {
  Credentials: closed(
    object<{ username: string; password: string }>({
      username: { type: 'string', minLength: 1, maxLength: 256 },
      password: { type: 'string', minLength: 1, maxLength: 1024, format: 'password' },
    }),
  ),
  User: object<User>({ name: text, roles: array(oneOf(ROLES_KNOWN)) }),
  Session: object<SessionDocument>({ token: text, expiresAt: instant, user: ref('User') }),
  Account: object<Account>({ name: text, roles: array(oneOf(ROLES_KNOWN)), createdAt: instant }),
  NewAccount: closed(object<UserBody>({ name: accountName, password, roles })),
  AccountPatch: closed(object<UserPatch>({ password: optional(password), roles: optional(roles) })),
  AuditEntry: object<KeptEntry>({
    id: text,
    at: instant,
    kind: oneOf(['command', 'refusal']),
    actor: orNull(text),
    via: { enum: ['cookie', 'bearer', null] },
    address: orNull(text),
    method: text,
    path: text,
    status: { type: 'integer' },
    code: orNull(text),
    correlationId: orNull(text),
    position: orNull(position),
    repeated: described(count, 'How many refusals the entry stands for.'),
  }),
};

const differences = { new: count, changed: count, deleted: count };
const counted: Record<string, Schema> = {
  Difference: object<DifferenceSum>({ total: count, ...differences }),
  DifferenceByDay: object<DifferenceTotal>({
    total: count,
    ...differences,
    days: array(object<DifferenceTotal['days'][number]>({ day, ...differences })),
  }),
  Period: object<Period>({ from: day, to: day }),
  Status: object<StatusDocument>({
    sourceId: uuid,
    state: oneOf(['aligned', 'pending', 'running', 'unknown']),
    pending: described(
      orNull(ref('DifferenceByDay')),
      'On days that are not sealed. Null when unknown, never 0.',
    ),
    held: described(orNull(ref('DifferenceByDay')), 'Late data: on sealed days. Null when unknown.'),
    unreadable: object<Unreadable>({ count, reasons: array({}) }, 'Elements that stand on no day.'),
    quarantined: count,
    withheld: count,
    atRisk: array(day),
    checkedAt: orNull(instant),
    checking: flag,
    nextPollAt: orNull(instant),
    lastSynchronizedAt: orNull(instant),
    coveredPeriod: orNull(ref('Period')),
    runningRun: orNull(ref('RunSummary')),
    nextOccurrence: { type: ['object', 'null'] },
    nextCleanerWindow: { type: ['object', 'null'] },
    problem: orNull(ref('Problem')),
    position: orNull(position),
  }),
};

const runSummary = {
  id: uuid,
  sourceId: uuid,
  type: oneOf(runTypes),
  resync: flag,
  dryRun: flag,
  approves: { type: ['string', 'null'] },
  status: oneOf(runStatuses),
  trigger: ref('Trigger'),
  period: orNull(ref('Period')),
  requestedAt: instant,
  startedAt: orNull(instant),
  finishedAt: orNull(instant),
  attempts: count,
  progress: object<RunProgress>({ daysDone: count, daysTotal: orNull(count), elementsRead: count }),
  counts: ref('RunCounts'),
  problem: orNull(ref('Problem')),
};

const runs: Record<string, Schema> = {
  RunRequest: closed(
    object<RunBody>({
      type: optional(orNull(oneOf(runTypes, { default: 'incremental' }))),
      day: optional(orNull(day)),
      from: optional(orNull(day)),
      to: optional(orNull(day)),
      month: optional(orNull({ type: 'string', pattern: '^\\d{4}-(0[1-9]|1[0-2])$' })),
      resync: optional(orNull({ type: 'boolean', default: false })),
      dryRun: optional(orNull({ type: 'boolean', default: false })),
    }),
  ),
  RunRequested: object<{ id: string; position: string; existing: boolean }>({
    id: uuid,
    position,
    existing: described(flag, 'Another run covers the request: this is that one.'),
  }),
  RunCancelled: object<{ id: string; position: string }>({ id: uuid, position }),
  Trigger: object<Trigger>({
    kind: oneOf(['person', 'api', 'slot', 'catch-up', 'guard', 'policy']),
    actor: text,
    occurrence: orNull(text),
  }),
  RunCounts: object<RunCounts>({
    read: described(count, 'inserted + changed + unchanged + quarantined'),
    inserted: count,
    changed: count,
    unchanged: count,
    deleted: count,
    quarantined: count,
    withheld: count,
  }),
  RunSummary: object<RunSummary>(runSummary),
  RunDay: object<RunDay>({
    day,
    outcome: oneOf(outcomes),
    counts: ref('RunCounts'),
    problem: orNull(ref('Problem')),
  }),
  Run: object<RunSummary & { days: unknown }>({ ...runSummary, days: array(ref('RunDay')) }),
};

const dayFields = {
  day,
  state: oneOf(dayStates),
  elements: described(count, 'What the copy holds.'),
  digest: orNull(described(text, 'Sum of one signed 64-bit number per element, recomputed from the copy.')),
  sealed: flag,
  open: flag,
  atRisk: flag,
  pending: orNull(ref('Difference')),
  held: ref('Difference'),
  quarantined: count,
  withheld: count,
  lost: { type: ['object', 'null'] },
  kept: described(count, 'Elements that the source purged and the copy keeps.'),
  synchronizedAt: orNull(instant),
  run: orNull(uuid),
  cleanerTakesAt: orNull(instant),
};

const calendar: Record<string, Schema> = {
  Day: object<DayDocument>(dayFields),
  DayWithRuns: object<DayDocument & { sourceId: string; runs: unknown; position: unknown }>({
    sourceId: uuid,
    ...dayFields,
    runs: array(ref('RunSummary')),
    position: orNull(position),
  }),
  Calendar: object<CalendarDocument>({
    sourceId: uuid,
    timeZone: text,
    from: day,
    to: day,
    today: day,
    days: array(ref('Day'), { maxItems: 400 }),
    summary: object<CalendarDocument['summary']>({ synchronized: count, days: count }),
    position: orNull(position),
  }),
  Element: object<{ key: string; version: string; payload: unknown; bytes: number }>({
    key: described(text, "The key's text; of several columns the JSON array of their texts."),
    version: described(
      text,
      'A signed 64-bit number, recomputed from the copy; the digest of a day sums them.',
    ),
    payload: described(
      { type: ['object', 'null'], additionalProperties: { type: ['string', 'null'] } },
      "The source's columns in its order, each value as PostgreSQL writes it. Null where it is too large for an answer.",
    ),
    bytes: optional(described(count, 'Of a payload that is too large for an answer: how large.')),
  }),
};

const events: Record<string, Schema> = {
  Event: object<EventDocument>({
    position,
    id: uuid,
    type: text,
    sourceId: orNull(uuid),
    occurredAt: instant,
    actor: text,
    correlationId: text,
    data: { type: 'object' },
  }),
  EventPage: object<{ items: unknown; nextCursor: unknown }>({ items: array(ref('Event')), nextCursor }),
};

export const schemas: Readonly<Record<string, Schema>> = {
  ...problems,
  ...people,
  ...sourceSchemas,
  ...counted,
  ...runs,
  ...calendar,
  ...events,
};
