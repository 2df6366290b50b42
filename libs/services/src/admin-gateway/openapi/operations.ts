/** Every route of the gateway, as the OpenAPI document tells it. A spec compares this table with the router. */
import { examples, listWith } from './examples';
import { inPath, inQuery, json, limit, listOf, paged, source, type Operation } from './operation';
import { peopleOperations } from './people-operations';
import { runOperations } from './run-operations';
import { day, ref } from './schema';
import { sourceOperations } from './source-operations';

const theDay = inPath('day', 'A date in the zone of the source.', day);

const calendar: readonly Operation[] = [
  {
    id: 'calendar',
    method: 'get',
    path: '/api/v1/sources/{source}/calendar',
    tag: 'Calendar',
    access: 'administrator',
    summary: 'Every day of a month, or of a range of at most 400 days',
    parameters: [
      source,
      inQuery('month', 'A month; or `from` and `to`.', { type: 'string', pattern: '^\\d{4}-\\d{2}$' }),
      inQuery('from', 'The first day.', day),
      inQuery('to', 'The last day.', day),
    ],
    answers: { 200: json('The days.', ref('Calendar'), examples.calendar) },
    refusals: ['SOURCE_UNKNOWN', 'DAY_INVALID', 'MONTH_INVALID', 'RANGE_INVERTED', 'RANGE_TOO_LONG'],
  },
  {
    id: 'day',
    method: 'get',
    path: '/api/v1/sources/{source}/days/{day}',
    tag: 'Calendar',
    access: 'administrator',
    summary: 'One day with its runs',
    parameters: [source, theDay],
    answers: { 200: json('The day.', ref('DayWithRuns'), examples.dayWithRuns) },
    refusals: ['SOURCE_UNKNOWN', 'DAY_INVALID'],
  },
  {
    id: 'elements',
    method: 'get',
    path: '/api/v1/sources/{source}/days/{day}/elements',
    tag: 'Calendar',
    access: 'administrator',
    summary: 'What the copy holds of a day, by key',
    description: 'The copy is read, never the source. A page of large elements ends before its limit.',
    parameters: [
      ...[source, theDay],
      inQuery('key', 'This key only.'),
      inQuery('prefix', 'Keys whose text begins so.'),
      ...paged,
    ],
    answers: { 200: json('A page.', listOf('Element'), listWith(examples.element)) },
    refusals: ['SOURCE_UNKNOWN', 'DAY_INVALID', 'CURSOR_INVALID', 'TARGET_UNAVAILABLE'],
  },
];

const events: readonly Operation[] = [
  {
    id: 'events',
    method: 'get',
    path: '/api/v1/events',
    tag: 'Events',
    access: 'administrator',
    summary: 'The log, oldest first',
    parameters: [
      inQuery('after', 'Only what comes after this position.'),
      inQuery('source', 'Id or name; the events of a removed source stay readable by its id.'),
      limit,
    ],
    answers: {
      200: json('A page; `nextCursor` goes into `after`.', ref('EventPage'), listWith(examples.event)),
    },
    refusals: ['SOURCE_UNKNOWN', 'POSITION_INVALID', 'EVENTS_MUST_RESYNC'],
  },
  {
    id: 'eventStream',
    method: 'get',
    path: '/api/v1/events/stream',
    tag: 'Events',
    access: 'administrator',
    summary: 'Events as they come, as server-sent events',
    description:
      'From `Last-Event-ID`, else from `after`, else from now on. `id` is the position, `event` the type, `data` the ' +
      'object of `GET /events`. A comment comes every 10 s. The stream ends with the session.',
    parameters: [
      inQuery('after', 'Only what comes after this position.'),
      inQuery('source', 'Id or name.'),
      {
        name: 'Last-Event-ID',
        in: 'header',
        description: 'The position of the last event that was seen.',
        schema: { type: 'string' },
      },
    ],
    answers: {
      200: { description: 'The stream.', content: { 'text/event-stream': { schema: { type: 'string' } } } },
    },
    refusals: ['SOURCE_UNKNOWN', 'POSITION_INVALID', 'EVENTS_MUST_RESYNC', 'STREAMS_EXHAUSTED'],
  },
];

const ofText = (type: string) => ({ [type]: { schema: { type: 'string' } } });

const operation: readonly Operation[] = [
  {
    id: 'audit',
    method: 'get',
    path: '/api/v1/audit',
    tag: 'Operation',
    access: 'administrator',
    summary: 'Who did what, and who was refused, newest first',
    parameters: paged,
    answers: { 200: json('A page.', listOf('AuditEntry'), listWith(examples.auditEntry)) },
    refusals: ['CURSOR_INVALID'],
  },
  {
    id: 'live',
    method: 'get',
    path: '/health/live',
    tag: 'Operation',
    access: 'open',
    summary: 'The process turns',
    answers: { 200: json('It does.', status('live')) },
  },
  {
    id: 'ready',
    method: 'get',
    path: '/health/ready',
    tag: 'Operation',
    access: 'open',
    summary: 'Commands would be accepted',
    answers: { 200: json('They would.', status('ready')) },
    refusals: ['NOT_READY'],
  },
  {
    id: 'metrics',
    method: 'get',
    path: '/metrics',
    tag: 'Operation',
    access: 'administrator',
    summary: "What is measured, in Prometheus' text format",
    description:
      'Needs no session from a peer on the same machine that did not come through a proxy, nor where `DAYMARK_METRICS=open`.',
    answers: {
      200: {
        description: 'Every metric; what is not known is left out.',
        content: {
          'text/plain': {
            schema: { type: 'string' },
            example: 'daymark_source_pending_elements{source="orders",kind="new"} 0\n',
          },
        },
      },
    },
  },
  {
    id: 'openapi',
    method: 'get',
    path: '/api/openapi.json',
    tag: 'Operation',
    access: 'open',
    summary: 'This document',
    answers: { 200: json('OpenAPI 3.1.', { type: 'object' }) },
  },
  {
    id: 'docs',
    method: 'get',
    path: '/api/docs',
    tag: 'Operation',
    access: 'open',
    summary: 'This document as a page',
    answers: { 200: { description: 'A page.', content: ofText('text/html') } },
  },
  {
    id: 'docsFile',
    method: 'get',
    path: '/api/docs/{file}',
    tag: 'Operation',
    access: 'open',
    summary: 'What the page is made of; `errors` explains the codes',
    parameters: [inPath('file', 'Its name.')],
    answers: { 200: { description: 'The file.', content: ofText('text/html') } },
  },
];

function status(value: string) {
  return {
    type: 'object',
    required: ['status'],
    properties: { status: { const: value } },
  };
}

export const operations: readonly Operation[] = [
  ...peopleOperations,
  ...sourceOperations,
  ...runOperations,
  ...calendar,
  ...events,
  ...operation,
];
