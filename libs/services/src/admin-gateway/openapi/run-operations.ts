import { examples, listWith } from './examples';
import {
  inPath,
  inQuery,
  json,
  listOf,
  paged,
  source,
  withHeaders,
  type Operation,
  type Parameter,
} from './operation';
import { ref } from './schema';

const run = inPath('run', 'Id of the run.', { type: 'string', format: 'uuid' });

export const runOperations: readonly Operation[] = [
  {
    id: 'requestRun',
    method: 'post',
    path: '/api/v1/sources/{source}/runs',
    tag: 'Runs',
    access: 'administrator',
    summary: 'Asks for a run',
    description:
      'A request that the running one covers answers with that one; any other waits its turn. With an ' +
      '`Idempotency-Key` the run has an id of its own for ever: repeated later it is the same run.',
    parameters: [source],
    body: { schema: ref('RunRequest'), required: false, example: examples.runRequest },
    answers: {
      200: withHeaders(json('Another run covers it.', ref('RunRequested')), 'location'),
      202: withHeaders(json('Asked for.', ref('RunRequested'), examples.runRequested), 'location'),
    },
    refusals: [
      ...['SOURCE_UNKNOWN', 'DAY_INVALID', 'MONTH_INVALID', 'RUN_FIELD_MISPLACED'],
      ...['RUN_RESYNC_NEEDS_DAYS', 'RUN_RANGE_INVERTED', 'RUN_DAY_IN_FUTURE'],
    ],
  },
  {
    id: 'run',
    method: 'get',
    path: '/api/v1/runs/{run}',
    tag: 'Runs',
    access: 'administrator',
    summary: 'One run with its days',
    parameters: [run],
    answers: { 200: json('The run.', ref('Run'), examples.run) },
    refusals: ['RUN_UNKNOWN'],
  },
  {
    id: 'cancelRun',
    method: 'post',
    path: '/api/v1/runs/{run}/cancel',
    tag: 'Runs',
    access: 'administrator',
    summary: 'Stops a run after the days in hand',
    parameters: [run],
    answers: {
      202: json('It stops.', ref('RunCancelled'), {
        id: examples.run.id,
        position: examples.runRequested.position,
      }),
    },
    refusals: ['RUN_UNKNOWN', 'RUN_FINISHED'],
  },
  {
    id: 'history',
    method: 'get',
    path: '/api/v1/history',
    tag: 'Runs',
    access: 'administrator',
    summary: 'Past and present runs, newest first',
    description:
      'JSON comes a page at a time. `Accept: text/csv` and `application/x-ndjson` give all that the filter lets ' +
      'through, at most `limit` if that is given. Several values of a filter stand with commas between them.',
    parameters: [...historyFilters(), ...paged],
    answers: {
      200: {
        description: 'The runs.',
        content: {
          'application/json': { schema: listOf('RunSummary'), example: listWith(examples.runSummary) },
          'text/csv': { schema: { type: 'string' } },
          'application/x-ndjson': { schema: { type: 'string' } },
        },
      },
    },
    refusals: ['SOURCE_UNKNOWN', 'CURSOR_INVALID', 'NOT_ACCEPTABLE'],
  },
];

function historyFilters(): readonly Parameter[] {
  const when = 'a day in the zone of the source (inclusive), or an RFC 3339 time';
  return [
    inQuery('source', 'Id or name; the runs of a removed source stay readable by its id.'),
    inQuery('status', 'requested, running, cancelling, succeeded, partial, withheld, failed, cancelled.'),
    inQuery('type', 'incremental, day, range, month.'),
    inQuery('trigger', 'person, api, slot, catch-up, guard, policy.'),
    inQuery('from', `Requested from then on: ${when}.`),
    inQuery('to', `Requested before then: ${when}.`),
  ];
}
