/** What is true of an event beside its type and data, as far as a fold needs it. */
export interface FoldContext {
  /** Place in the log. */
  readonly position: string;
  /** The writer's clock. */
  readonly occurredAt: string;
  /** The event belongs to a run that only says what would change. */
  readonly dryRun: boolean;
}
