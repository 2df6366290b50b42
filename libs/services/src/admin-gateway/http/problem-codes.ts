/**
 * The one table of refusals: what each means to HTTP, what happened, and what to do. Codes are stable: scripts compare
 * them. `docs/errors.md`, the page at `/api/docs/errors` and the OpenAPI document are made from it.
 */
type Row = readonly [status: number, means: string, act: string];

const table: Readonly<Record<string, Row>> = {
  BODY_INVALID: [
    400,
    'The body is no JSON object, is nested deeper than 32 levels, or holds text that cannot be kept.',
    'Send one JSON object; `errors` says what is wrong with it.',
  ],
  CURSOR_INVALID: [
    400,
    'The cursor is none that this list gave out.',
    'Begin at the first page, and hand `nextCursor` back as it came, with the same filters.',
  ],
  DAY_INVALID: [
    400,
    'A day is not written YYYY-MM-DD, or there is no such day.',
    'Correct the day that `errors` names.',
  ],
  IDEMPOTENCY_KEY_INVALID: [
    400,
    'The `Idempotency-Key` is not 1 to 255 visible ASCII characters.',
    'Send a key of that form, such as a UUID.',
  ],
  IF_MATCH_INVALID: [400, '`If-Match` holds no revision.', 'Send the ETag of the last read, such as `"3"`.'],
  MONTH_INVALID: [400, 'A month is not written YYYY-MM.', 'Correct the month that `errors` names.'],
  POSITION_INVALID: [
    400,
    'This can be no position of the event log.',
    'Use a position that an answer or an event carried.',
  ],
  QUESTION_INVALID: [
    400,
    'A service could not read what the gateway asked it.',
    'Two versions run side by side: finish the upgrade, then try again.',
  ],
  REQUEST_INVALID: [
    400,
    'The request has not the shape that is asked for.',
    'Correct the fields that `errors` names; the OpenAPI document has the shapes.',
  ],
  RUN_FIELD_MISPLACED: [
    400,
    'A field does not go together with the type of the run.',
    '`day` goes with day, `from` and `to` with range, `month` with month.',
  ],
  SOURCE_NAME_INVALID: [
    400,
    'The name is not a letter and up to 47 of a-z, 0-9 and _.',
    'Choose another name.',
  ],
  SOURCE_URL_INVALID: [
    400,
    '`connector.url` is no address of a PostgreSQL server.',
    'Write it as `postgresql://user@host:port/database`.',
  ],

  CREDENTIALS_INVALID: [
    401,
    'Name or password is wrong.',
    'Try again; after five failures in a row each next one has to wait.',
  ],
  SESSION_INVALID: [
    401,
    'The token is not valid, or no longer.',
    'Sign in again: `POST /api/v1/sessions`, or at the token issuer.',
  ],
  SESSION_REQUIRED: [401, 'This needs a session.', 'Send `Authorization: Bearer …` with a token.'],

  CROSS_SITE_REQUEST: [
    403,
    'A page of another site tried to change something with the cookie of a browser.',
    'Use the console itself, or a token.',
  ],
  FORBIDDEN: [403, 'The account has not the role that this needs.', 'Ask an administrator.'],

  ROUTE_UNKNOWN: [
    404,
    'There is nothing at this address.',
    'Compare it with the OpenAPI document; a path has one spelling.',
  ],
  RUN_UNKNOWN: [404, 'There is no such run.', 'Look it up in the history.'],
  SOURCE_UNKNOWN: [
    404,
    'There is no such source, or it was removed.',
    '`GET /api/v1/sources` lists those that there are.',
  ],
  USER_UNKNOWN: [404, 'There is no such account.', '`GET /api/v1/users` lists those that there are.'],

  METHOD_NOT_ALLOWED: [405, 'The address does not take this method.', '`Allow` says which it takes.'],

  NOT_ACCEPTABLE: [
    406,
    'The answer does not come in any of the forms that `Accept` asks for.',
    'Ask for one that the answer names.',
  ],

  IDEMPOTENCY_KEY_IN_FLIGHT: [
    409,
    'The first request with this key has no answer yet.',
    'Ask again after `Retry-After` seconds with the same key.',
  ],
  LAST_ADMINISTRATOR: [
    409,
    'Without this account nobody would be an administrator.',
    'Make another administrator first.',
  ],
  LOCAL_ACCOUNTS_OFF: [
    409,
    'Accounts and sessions are kept by the token issuer that is configured.',
    'Get tokens, and change accounts, there.',
  ],
  RUN_FINISHED: [409, 'The run has ended: there is nothing to cancel.', 'Read its outcome.'],
  SOURCE_BUSY: [409, 'Others change the same source at the same time.', 'Read it and try again.'],
  SOURCE_IDENTITY_FIXED: [
    409,
    'Zone, connector, table, key and day are fixed after the first synchronization.',
    'Register another source beside it.',
  ],
  SOURCE_NAME_TAKEN: [409, 'Another source has this name.', 'Choose another name.'],
  USER_NAME_TAKEN: [409, 'Another account has this name.', 'Choose another name.'],

  EVENTS_MUST_RESYNC: [
    410,
    'The position is not of this log.',
    'Forget what was built from the events, and read them again from the start.',
  ],

  SOURCE_REVISION_STALE: [
    412,
    'The source was changed since it was read.',
    'Read it, look at the change, and send yours with the new ETag.',
  ],

  BODY_TOO_LARGE: [413, 'The body is larger than 256 KB.', 'Send less.'],
  TOO_LARGE: [413, 'A message between services would be too large.', 'Send less.'],

  CONTENT_TYPE_UNSUPPORTED: [415, 'The body is not JSON in UTF-8.', 'Send `Content-Type: application/json`.'],

  IDEMPOTENCY_KEY_REUSED: [
    422,
    'The `Idempotency-Key` stands for another request.',
    'Use a fresh key for another request.',
  ],
  RANGE_INVERTED: [422, 'The range ends before it begins.', 'Exchange `from` and `to`.'],
  RANGE_TOO_LONG: [422, 'One answer shows at most 400 days.', 'Ask for less at a time.'],
  RUN_DAY_IN_FUTURE: [422, "The day has not begun in the source's zone.", 'Choose a day through today.'],
  RUN_RANGE_INVERTED: [422, 'The range of the run ends before it begins.', 'Exchange `from` and `to`.'],
  RUN_RESYNC_NEEDS_DAYS: [
    422,
    'A resync needs a day, a range or a month.',
    'Name them; an incremental run takes no sealed days.',
  ],
  SOURCE_AUTHENTICATION_FAILED: [
    422,
    "The source's server refuses the account or its password.",
    'Check `connector.url` and what `connector.password` refers to.',
  ],
  SOURCE_COLUMN_UNKNOWN: [
    422,
    'The table has no such column, or the role may not see it.',
    'Correct the column that `errors` names, or grant SELECT on it.',
  ],
  SOURCE_DATABASE_UNKNOWN: [422, "The source's server has no such database.", 'Correct `connector.url`.'],
  SOURCE_DAY_TIME_ZONE: [
    422,
    '`day.timeZone` goes with a `timestamp` column, and with no other.',
    'Add it, or leave it out, as the detail says.',
  ],
  SOURCE_DAY_TYPE_UNSUPPORTED: [
    422,
    'The day column is no `date`, `timestamp` or `timestamptz`.',
    'Choose another column, or make a view that has one.',
  ],
  SOURCE_ENCODING_UNSUPPORTED: [
    422,
    "The source's database is SQL_ASCII: its texts have no known encoding.",
    'Copy it into a database with an encoding.',
  ],
  SOURCE_HASH_CHANGED: [
    422,
    "The source's server computes none of the hashes that versions are made of as other servers do.",
    'Compare its version and encoding; tell us both.',
  ],
  SOURCE_KEYS_NOT_UNIQUE: [
    422,
    'Two elements of one day have the same key.',
    'Name more key columns, or mend the source.',
  ],
  SOURCE_KEY_NULL: [422, 'An element has no key.', 'Name other key columns, or mend the source.'],
  SOURCE_PERMISSION_DENIED: [422, 'The role may not read the table.', 'Grant it SELECT.'],
  SOURCE_ROWS_HIDDEN: [
    422,
    'A policy of the source hides rows from the role.',
    'Let the role bypass row-level security, or choose another.',
  ],
  SOURCE_SCHEMA_CHANGED: [
    422,
    "The source's columns are not those that were recorded.",
    'Compare the columns that the detail names.',
  ],
  SOURCE_TABLE_UNKNOWN: [
    422,
    'There is no such table or view, or the role may not see it.',
    'Correct `connector.table`, with its schema.',
  ],
  SOURCE_TIME_ZONE_UNKNOWN: [
    422,
    "The source's server does not know the zone.",
    'Use an IANA name that it knows.',
  ],
  SOURCE_UNREACHABLE: [
    422,
    "The source's server does not answer.",
    'Check host, port and network from where Daymark runs.',
  ],
  SOURCE_URL_HAS_PASSWORD: [
    422,
    'A password stands in `connector.url`.',
    'Put a reference such as `env:NAME` into `connector.password`.',
  ],
  SOURCE_VERSION_UNSUPPORTED: [422, "The source's server is older than PostgreSQL 12.", 'Upgrade it.'],
  TIME_ZONE_UNKNOWN: [422, 'There is no such zone.', 'Use an IANA name such as `Europe/Rome`.'],
  DAY_DIGEST_MISMATCH: [
    422,
    'What was copied of a day does not add up to what the source holds, twice in a row: the day was left as it was.',
    "Run the day again; if it stays so, compare the source's types and tell us.",
  ],
  DAY_FAILED: [422, 'A day could not be copied, and was left as it was.', "The day's own problem tells why."],
  DAY_ROW_REFUSED: [
    422,
    'The copy cannot hold an element of the day as it is: the day was left as it was.',
    'Correct the element at the source; the detail names it.',
  ],
  DAY_SHRANK: [
    422,
    'The day lost more elements than a run may delete unasked: the day was left as it was.',
    'Look whether they are really gone at the source.',
  ],
  POLL_BROKE: [422, 'A poll ended by a fault of ours.', 'The next one tries again; the log tells more.'],
  RUN_BROKE: [422, 'A run ended by a fault of ours.', 'Start it again; the log tells more.'],
  RUN_NOT_STARTED: [
    422,
    'A run cannot begin for now.',
    'It goes on by itself once what the detail names is over.',
  ],
  SOURCE_FAILED: [
    422,
    'The source refused a question in a way that has no name here.',
    'The detail has its own words.',
  ],
  SOURCE_SESSION_CLOSED: [
    422,
    'The connection to the source was lost in the middle.',
    'The run goes on by itself on a fresh snapshot.',
  ],
  TARGET_FAILED: [422, 'The database of the copy refused a statement.', 'The detail has its own words.'],

  ATTEMPTS_TOO_FAST: [429, 'There were too many failures from here.', 'Wait as long as `Retry-After` says.'],

  ANSWER_INVALID: [
    500,
    'A service answered what cannot be read.',
    'Two versions run side by side, or it is a fault of ours: the log tells more under the correlation id.',
  ],
  INTERNAL: [500, 'Something broke here.', 'The log tells more under the correlation id.'],
  NOT_JSON: [
    500,
    'A message between services was no JSON.',
    'It is a fault of ours: the log tells more under the correlation id.',
  ],
  QUESTION_MALFORMED: [
    500,
    'A message between services could not be read.',
    'It is a fault of ours: the log tells more under the correlation id.',
  ],

  CLOSED: [503, 'This process is stopping.', 'Ask again: another replica, or the next process, answers.'],
  DATABASE_UNAVAILABLE: [
    503,
    'The database does not answer.',
    'Ask again after `Retry-After` seconds; look after the database.',
  ],
  DISCONNECTED: [
    503,
    'The services are out of reach of each other.',
    'Ask again after `Retry-After` seconds; look after NATS.',
  ],
  LOG_CLOSED: [503, 'This process is stopping.', 'Ask again: another replica, or the next process, answers.'],
  LOG_UNAVAILABLE: [
    503,
    'The event log does not answer.',
    "Ask again after `Retry-After` seconds; look after the log's server.",
  ],
  NOT_READY: [503, 'Commands would not be accepted now.', '`errors` says what is missing.'],
  NO_RESPONDER: [
    503,
    'The service that answers this does not run.',
    'Start it, or wait until it has started.',
  ],
  OVERLOADED: [503, 'The service has more in hand than it takes.', 'Ask again after `Retry-After` seconds.'],
  SOURCE_STANDBY_LAGS: [
    503,
    'The source is a standby that is behind.',
    'Point `connector.url` at the primary, or wait.',
  ],
  STOPPED: [503, 'The service is stopping.', 'Ask again after `Retry-After` seconds.'],
  STREAMS_EXHAUSTED: [
    503,
    'This process has as many streams open as it may.',
    'Come back later, or add a replica.',
  ],
  TARGET_UNAVAILABLE: [
    503,
    'The database of the copy does not answer.',
    'Ask again after `Retry-After` seconds; look after the database.',
  ],
  TIMEOUT: [
    503,
    'The service did not answer in time; whether the command took effect is unknown.',
    'Ask again with the same `Idempotency-Key`.',
  ],
  VIEWS_BEHIND: [
    503,
    'What is shown has not come as far as the position that was asked for.',
    'Ask again after `Retry-After` seconds.',
  ],
  VIEWS_REBUILDING: [
    503,
    'The views are being folded again from the log.',
    'Ask again after `Retry-After` seconds.',
  ],
};

export interface ProblemCode {
  readonly code: string;
  readonly status: number;
  /** What happened, for the person who has to act. */
  readonly means: string;
  /** What to do about it. */
  readonly act: string;
}

export const problemCodes: readonly ProblemCode[] = Object.entries(table).map(
  ([code, [status, means, act]]) => ({ code, status, means, act }),
);

/** Of what the table does not name: what may work later is 503, what was understood and cannot be is 422. */
export function statusOf(code: string, retryable = false): number {
  const known = Object.hasOwn(table, code) ? table[code]?.[0] : undefined;
  return known ?? (retryable ? 503 : 422);
}
