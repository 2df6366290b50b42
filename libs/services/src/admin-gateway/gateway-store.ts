import type { Pool } from 'pg';
import type { Accounts } from './accounts/port';
import { createPostgresAccounts } from './accounts/postgres-accounts';
import { openGatewayTables } from './accounts/tables';
import type { KeptAnswers } from './answers/port';
import { createPostgresAnswers } from './answers/postgres-answers';
import type { AuditTable } from './audit/port';
import { createPostgresAudit } from './audit/postgres-audit';
import type { Attempts, Sessions } from './sessions/port';
import { createPostgresAttempts } from './sessions/postgres-attempts';
import { createPostgresSessions } from './sessions/postgres-sessions';

/** What the gateway keeps that is not folded from the log, the same for all of its replicas. */
export interface GatewayStore {
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly attempts: Attempts;
  readonly answers: KeptAnswers;
  readonly audit: AuditTable;
}

export interface GatewayStoreOptions {
  /** The caller's: it listens to 'error' and ends the pool. */
  readonly pool: Pool;
  /** Schema of the operational tables, `[a-z_][a-z0-9_]*`. */
  readonly schema: string;
}

/**
 * The gateway's tables in the operational schema; they are made on the way.
 *
 * @throws RangeError for an impossible schema name, and whatever pg throws while the database is not in reach.
 */
export async function openGatewayStore({ pool, schema }: GatewayStoreOptions): Promise<GatewayStore> {
  const tables = await openGatewayTables(pool, schema);
  return {
    accounts: createPostgresAccounts(tables),
    sessions: createPostgresSessions(tables),
    attempts: createPostgresAttempts(tables),
    answers: createPostgresAnswers(tables),
    audit: createPostgresAudit(tables),
  };
}
