/**
 * Settings under which a record's text is made. The version of an element is a hash of that text, so source and target
 * compute it under the same ones, whatever `ALTER ROLE … SET` or the server's configuration say.
 */
const TEXT_SETTINGS: Readonly<Record<string, string>> = {
  client_encoding: 'UTF8',
  standard_conforming_strings: 'on',
  search_path: '',
  TimeZone: 'UTC',
  DateStyle: 'ISO, YMD',
  IntervalStyle: 'postgres',
  extra_float_digits: '1',
  bytea_output: 'hex',
  xmlbinary: 'base64',
  lc_monetary: 'C',
  quote_all_identifiers: 'off',
};

/**
 * Settings under which a session lives: rows hidden by a policy are an error, and no snapshot times out. The planner
 * knows neither what a record's text costs nor that it had better be made by several workers; and code compiled anew for
 * each of many partitions costs more than it saves.
 */
const SESSION_SETTINGS: Readonly<Record<string, string>> = {
  row_security: 'off',
  statement_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  lock_timeout: '10s',
  tcp_keepalives_idle: '10',
  tcp_keepalives_interval: '5',
  tcp_keepalives_count: '3',
  parallel_tuple_cost: '0.001',
  jit: 'off',
};

const setLocal = (settings: Readonly<Record<string, string>>): string =>
  Object.entries(settings)
    .map(([name, value]) => `SET LOCAL ${name} = '${value}';`)
    .join(' ');

/**
 * `SET LOCAL …` of every setting that decides a value's text, for the transaction in which the target computes
 * versions. Local, so that a pooler never hands a changed connection to somebody else; and no query, so that no
 * snapshot is taken by it.
 */
export const PINNED_TEXT_SETTINGS_SQL = setLocal(TEXT_SETTINGS);

export interface ServerFacts {
  readonly version: number;
  readonly linux: boolean;
}

/**
 * The settings of a source's transaction. `client_connection_check_interval` lets the server notice within a second that
 * an aborted session is gone, also in the middle of a long aggregate; it exists from 14 and is refused by some systems.
 */
export const sourceSettingsSql = (server: ServerFacts): string =>
  setLocal({
    ...TEXT_SETTINGS,
    ...SESSION_SETTINGS,
    ...(server.version >= 140_000 && server.linux ? { client_connection_check_interval: '1s' } : {}),
    ...(server.version >= 170_000 ? { transaction_timeout: '0' } : {}),
  });
