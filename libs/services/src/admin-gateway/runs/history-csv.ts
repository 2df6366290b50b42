/**
 * The history as RFC 4180 CSV: a header row, CRLF, one row per run, named as the fields of its JSON. Null is an empty
 * cell. Texts that somebody gave us (an account's name, a detail that may quote a source) could be taken for formulas
 * by a spreadsheet: such a cell begins with an apostrophe. All others are words, numbers and times of our own.
 */
import type { RunSummary } from './run-document';

type Value = string | number | boolean | null;

interface Column {
  readonly name: string;
  readonly of: (run: RunSummary) => Value;
  /** Somebody's input. */
  readonly given?: true;
}

const columns: readonly Column[] = [
  { name: 'id', of: (run) => run.id },
  { name: 'sourceId', of: (run) => run.sourceId },
  { name: 'type', of: (run) => run.type },
  { name: 'resync', of: (run) => run.resync },
  { name: 'dryRun', of: (run) => run.dryRun },
  { name: 'approves', of: (run) => run.approves },
  { name: 'status', of: (run) => run.status },
  { name: 'trigger.kind', of: (run) => run.trigger.kind },
  { name: 'trigger.actor', of: (run) => run.trigger.actor, given: true },
  { name: 'trigger.occurrence', of: (run) => run.trigger.occurrence },
  { name: 'period.from', of: (run) => run.period?.from ?? null },
  { name: 'period.to', of: (run) => run.period?.to ?? null },
  { name: 'requestedAt', of: (run) => run.requestedAt },
  { name: 'startedAt', of: (run) => run.startedAt },
  { name: 'finishedAt', of: (run) => run.finishedAt },
  { name: 'attempts', of: (run) => run.attempts },
  { name: 'progress.daysDone', of: (run) => run.progress.daysDone },
  { name: 'progress.daysTotal', of: (run) => run.progress.daysTotal },
  { name: 'progress.elementsRead', of: (run) => run.progress.elementsRead },
  { name: 'counts.read', of: (run) => run.counts.read },
  { name: 'counts.inserted', of: (run) => run.counts.inserted },
  { name: 'counts.changed', of: (run) => run.counts.changed },
  { name: 'counts.unchanged', of: (run) => run.counts.unchanged },
  { name: 'counts.deleted', of: (run) => run.counts.deleted },
  { name: 'counts.quarantined', of: (run) => run.counts.quarantined },
  { name: 'counts.withheld', of: (run) => run.counts.withheld },
  { name: 'problem.code', of: (run) => run.problem?.code ?? null },
  { name: 'problem.detail', of: (run) => run.problem?.detail ?? null, given: true },
];

export const CSV_HEADER = `${columns.map(({ name }) => name).join(',')}\r\n`;

export function runsAsCsv(runs: readonly RunSummary[]): string {
  return runs.map((run) => `${columns.map((column) => cellOf(column, run)).join(',')}\r\n`).join('');
}

function cellOf({ of, given }: Column, run: RunSummary): string {
  const value = of(run);
  const text = value === null ? '' : String(value);
  const harmless = given === true && /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
