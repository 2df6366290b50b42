import { examples, listWith } from './examples';
import {
  inQuery,
  json,
  nothing,
  paged,
  source,
  withHeaders,
  type Operation,
  type Parameter,
} from './operation';
import { array, oneOf, ref } from './schema';

/** What a source itself may say no to when it is looked at. */
const ofTheSource = [
  ...[
    'SOURCE_UNREACHABLE',
    'SOURCE_AUTHENTICATION_FAILED',
    'SOURCE_DATABASE_UNKNOWN',
    'SOURCE_TABLE_UNKNOWN',
  ],
  ...[
    'SOURCE_COLUMN_UNKNOWN',
    'SOURCE_PERMISSION_DENIED',
    'SOURCE_ROWS_HIDDEN',
    'SOURCE_DAY_TYPE_UNSUPPORTED',
  ],
  ...['SOURCE_DAY_TIME_ZONE', 'SOURCE_TIME_ZONE_UNKNOWN', 'SOURCE_ENCODING_UNSUPPORTED', 'TIME_ZONE_UNKNOWN'],
  ...['SOURCE_URL_HAS_PASSWORD', 'SOURCE_URL_INVALID', 'SOURCE_NAME_INVALID'],
];

const ifMatch: Parameter = {
  name: 'If-Match',
  in: 'header',
  description: 'The ETag of the last read: the change is refused if somebody else was faster.',
  schema: { type: 'string', examples: ['"3"'] },
};

const list = {
  type: 'object',
  required: ['items', 'nextCursor'],
  properties: {
    items: array({ anyOf: [ref('Source'), ref('SourceName')] }),
    nextCursor: { type: ['string', 'null'] },
  },
};

const sources: readonly Operation[] = [
  {
    id: 'listSources',
    method: 'get',
    path: '/api/v1/sources',
    tag: 'Sources',
    access: 'viewer',
    summary: 'Sources by name; a viewer sees id, name and zone',
    parameters: paged,
    answers: { 200: json('A page.', list, listWith(examples.sourceShown)) },
    refusals: ['CURSOR_INVALID'],
  },
  {
    id: 'registerSource',
    method: 'post',
    path: '/api/v1/sources',
    tag: 'Sources',
    access: 'administrator',
    summary: 'Registers a source; a first poll begins, no run',
    body: { schema: ref('NewSource'), required: true, example: examples.source },
    answers: {
      201: withHeaders(json('Registered.', ref('SourceTaken'), examples.sourceTaken), 'location', 'etag'),
    },
    refusals: ['SOURCE_NAME_TAKEN', ...ofTheSource],
  },
  {
    id: 'testSource',
    method: 'post',
    path: '/api/v1/sources/test',
    tag: 'Sources',
    access: 'administrator',
    summary: 'Says whether a source could be registered; nothing is kept',
    body: { schema: ref('NewSource'), required: true, example: examples.source },
    answers: { 200: json('What was found, or what is in the way.', ref('SourceTest'), examples.tested) },
    refusals: ['SOURCE_URL_HAS_PASSWORD'],
  },
  {
    id: 'source',
    method: 'get',
    path: '/api/v1/sources/{source}',
    tag: 'Sources',
    access: 'administrator',
    summary: 'One source',
    parameters: [source],
    answers: { 200: withHeaders(json('The source.', ref('Source'), examples.sourceShown), 'etag') },
    refusals: ['SOURCE_UNKNOWN'],
  },
  {
    id: 'changeSource',
    method: 'patch',
    path: '/api/v1/sources/{source}',
    tag: 'Sources',
    access: 'administrator',
    summary: 'Changes a source by a merge patch',
    parameters: [source, ifMatch],
    body: { schema: ref('SourcePatch'), required: true, example: { pollingIntervalMinutes: 10 } },
    answers: { 200: withHeaders(json('Changed.', ref('SourceTaken'), examples.sourceTaken), 'etag') },
    refusals: [
      ...['SOURCE_UNKNOWN', 'IF_MATCH_INVALID', 'SOURCE_REVISION_STALE', 'SOURCE_BUSY'],
      ...['SOURCE_IDENTITY_FIXED', 'SOURCE_NAME_TAKEN', ...ofTheSource],
    ],
  },
  {
    id: 'removeSource',
    method: 'delete',
    path: '/api/v1/sources/{source}',
    tag: 'Sources',
    access: 'administrator',
    summary: 'Removes a source; its elements stay unless told otherwise',
    parameters: [
      source,
      inQuery('elements', 'What becomes of the copy.', oneOf(['keep', 'delete'], { default: 'keep' })),
    ],
    answers: { 204: withHeaders(nothing('Removed.'), 'daymark-position') },
    refusals: ['SOURCE_UNKNOWN'],
  },
];

const status: readonly Operation[] = [
  {
    id: 'status',
    method: 'get',
    path: '/api/v1/sources/{source}/status',
    tag: 'Status',
    access: 'viewer',
    summary: 'What is pending and held, and how the source stands',
    parameters: [source],
    answers: { 200: json('The status.', ref('Status'), examples.status) },
    refusals: ['SOURCE_UNKNOWN'],
  },
  {
    id: 'refreshStatus',
    method: 'post',
    path: '/api/v1/sources/{source}/status/refresh',
    tag: 'Status',
    access: 'viewer',
    summary: 'Polls now',
    parameters: [source],
    answers: {
      200: json('The status after a poll that began after the request.', ref('Status'), examples.status),
      202: json('The last status: the poll takes longer than 25 s.', ref('Status')),
    },
    refusals: ['SOURCE_UNKNOWN'],
  },
];

export const sourceOperations: readonly Operation[] = [...sources, ...status];
