import { createHash } from 'node:crypto';

/** Everything of one log that is named after its schema. Two schemas of one database are two logs that never meet. */
export interface LogNames {
  readonly schema: string;
  /** Quoted, to be put into SQL. */
  readonly quoted: string;
  /** NOTIFY channel, also an identifier that needs no quotes. */
  readonly channel: string;
  /** Key of the advisory lock that an append holds until its commit: what makes the log gap-free. */
  readonly appendLock: string;
  /** Key of the advisory lock under which migrations run. */
  readonly migrationLock: string;
}

const identifier = /^[a-z_][a-z0-9_]{0,47}$/;

/** @throws RangeError for a name that is not `[a-z_][a-z0-9_]*` of at most 48 characters: a mistake of the caller's. */
export function logNames(schema: string): LogNames {
  if (!identifier.test(schema)) {
    throw new RangeError(`"${schema}" cannot name the schema of an event log`);
  }
  return {
    schema,
    quoted: `"${schema}"`,
    channel: `${schema}_appended`,
    appendLock: lockKey(`daymark.event-log.append:${schema}`),
    migrationLock: lockKey(`daymark.event-log.migrate:${schema}`),
  };
}

/** Computed here, not by a hash of the server's, which no release of PostgreSQL promises to the next. */
function lockKey(name: string): string {
  return createHash('sha256').update(name).digest().readBigInt64BE(0).toString();
}

/** Puts the names into the text of a migration. */
export function withNames(sql: string, names: LogNames): string {
  return sql
    .replaceAll('{schema}', names.quoted)
    .replaceAll('{channel}', names.channel)
    .replaceAll('{append-lock}', names.appendLock);
}
