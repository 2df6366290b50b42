import { quoteIdentifier } from '@daymark/sources/postgres';

/** Where the target's tables and the views for readers are. */
export interface TargetSchemas {
  /** Ours to change: `elements`. */
  readonly elements: string;
  /** One stable view per source: `copy`. */
  readonly copy: string;
}

/** Numbered and frozen: a later version adds one, and never edits one. */
export function elementsMigrations(
  schemas: TargetSchemas,
): readonly { readonly id: number; readonly sql: string }[] {
  return [{ id: 1, sql: first(quoteIdentifier(schemas.elements), quoteIdentifier(schemas.copy)) }];
}

const first = (e: string, copy: string): string => `
CREATE SCHEMA IF NOT EXISTS ${copy};
-- Which log this target belongs to.
CREATE TABLE ${e}.installation (
  only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
  id uuid NOT NULL
);
-- How each source's elements are stored.
CREATE TABLE ${e}.source_tables (
  source_id uuid PRIMARY KEY,
  table_name text NOT NULL UNIQUE,
  view_name text NOT NULL,
  columns json NOT NULL,
  key json NOT NULL,
  hash text NOT NULL,
  day_column text NOT NULL,
  key_column text NOT NULL
);
-- One row per day that was ever committed: all that its events need, and what polls compare with.
CREATE TABLE ${e}.day_summaries (
  source_id uuid NOT NULL,
  day date NOT NULL,
  revision integer NOT NULL,
  run_id uuid NOT NULL,
  snapshot_at text NOT NULL,
  sealed boolean NOT NULL,
  source_count bigint NOT NULL,
  source_digest numeric NOT NULL,
  elements bigint NOT NULL,
  digest numeric NOT NULL,
  kept bigint NOT NULL,
  outcome text NOT NULL,
  counts json NOT NULL,
  columns json NOT NULL,
  hash text NOT NULL,
  committed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (source_id, day)
);
-- Locked by the last statement before a day's commit; raised by whoever takes over. Never the heartbeat row.
CREATE TABLE ${e}.fences (
  source_id uuid PRIMARY KEY,
  token bigint NOT NULL
);
-- Heartbeat and progress of the run that holds the source.
CREATE TABLE ${e}.leases (
  source_id uuid PRIMARY KEY,
  run_id uuid NOT NULL,
  holder uuid NOT NULL,
  token bigint NOT NULL,
  expires_at timestamptz NOT NULL,
  progress json
);
`;
