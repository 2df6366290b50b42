import type { GatewayTables } from '../accounts/tables';
import {
  CLAIM_LIFE_MS,
  KEY_LIFE_MS,
  type Claim,
  type Claimed,
  type KeptAnswer,
  type KeptAnswers,
} from './port';

interface KeyRow {
  readonly fingerprint: string;
  readonly claim: string;
  readonly claimed_at: Date;
  readonly answer: KeptAnswer | null;
}

export function createPostgresAnswers(tables: GatewayTables): KeptAnswers {
  const { pool, schema } = tables;
  return {
    claim: (claim) => claimKey(tables, claim),
    keep: async ({ account, key, claim }, answer) => {
      await pool.query(
        `UPDATE ${schema}.idempotency_keys SET answer = $4 WHERE account = $1 AND key = $2 AND claim = $3`,
        [account, key, claim, JSON.stringify(answer)],
      );
    },
    release: async ({ account, key, claim }) => {
      await pool.query(
        `DELETE FROM ${schema}.idempotency_keys WHERE account = $1 AND key = $2 AND claim = $3 AND answer IS NULL`,
        [account, key, claim],
      );
    },
  };
}

async function claimKey(tables: GatewayTables, claim: Claim): Promise<Claimed> {
  const { pool, schema } = tables;
  const forgotten = new Date(Date.parse(claim.at) - KEY_LIFE_MS).toISOString();
  await pool.query(`DELETE FROM ${schema}.idempotency_keys WHERE claimed_at <= $1`, [forgotten]);
  for (;;) {
    if (await insert(tables, claim)) return { kind: 'claimed' };
    const known = await find(tables, claim);
    if (known === undefined) continue;
    if (known.fingerprint !== claim.fingerprint) return { kind: 'other' };
    if (known.answer !== null) return { kind: 'answered', answer: known.answer };
    if (Date.parse(claim.at) - known.claimed_at.getTime() < CLAIM_LIFE_MS) return { kind: 'in-flight' };
    if (await takeOver(tables, claim, known.claim)) return { kind: 'claimed' };
  }
}

async function insert(
  { pool, schema }: GatewayTables,
  { account, key, fingerprint, claim, at }: Claim,
): Promise<boolean> {
  const { rowCount } = await pool.query(
    `INSERT INTO ${schema}.idempotency_keys (account, key, fingerprint, claim, claimed_at)
     VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
    [account, key, fingerprint, claim, at],
  );
  return rowCount === 1;
}

async function find({ pool, schema }: GatewayTables, { account, key }: Claim): Promise<KeyRow | undefined> {
  const { rows } = await pool.query<KeyRow>(
    `SELECT fingerprint, claim::text, claimed_at, answer FROM ${schema}.idempotency_keys
     WHERE account = $1 AND key = $2`,
    [account, key],
  );
  return rows[0];
}

async function takeOver({ pool, schema }: GatewayTables, claim: Claim, from: string): Promise<boolean> {
  const { rowCount } = await pool.query(
    `UPDATE ${schema}.idempotency_keys SET claim = $3, claimed_at = $4
     WHERE account = $1 AND key = $2 AND claim = $5 AND answer IS NULL`,
    [claim.account, claim.key, claim.claim, claim.at, from],
  );
  return rowCount === 1;
}
