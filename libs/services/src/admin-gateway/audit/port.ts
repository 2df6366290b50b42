/** Something that somebody did here, or was refused. */
export interface AuditEntry {
  /** RFC 3339 in UTC. */
  readonly at: string;
  readonly kind: 'command' | 'refusal';
  /** Null when nobody was let in. */
  readonly actor: string | null;
  readonly via: 'cookie' | 'bearer' | null;
  readonly address: string | null;
  readonly method: string;
  /** Without its parameters. */
  readonly path: string;
  readonly status: number;
  /** Of a refusal. */
  readonly code: string | null;
  readonly correlationId: string | null;
  /** Where the effect of a command stands in the log; null where it has none there. */
  readonly position: string | null;
  /** How many refusals this entry stands for: more than one when there were too many to keep each. */
  readonly repeated: number;
}

export interface KeptEntry extends AuditEntry {
  readonly id: string;
}

export interface AuditTable {
  write(entries: readonly AuditEntry[]): Promise<void>;
  /** Newest first, before the id. */
  page(page: { readonly before: string | null; readonly limit: number }): Promise<readonly KeptEntry[]>;
  /** Drops refusals before the instant. Commands stay for ever. */
  sweep(before: string): Promise<void>;
}
