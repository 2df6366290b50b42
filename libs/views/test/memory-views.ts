import type { DaymarkEvent } from '@daymark/contracts';
import type { RunRow } from '../src/port';
import { foldInto, noRows, type FoldableEvent, type WorkingRows } from '../src/folds/working-rows';

/** An event and its place: the n-th event of a story stands at n, one minute after the one before. */
export function placed(events: readonly DaymarkEvent[]): FoldableEvent[] {
  return events.map((event, index) => ({
    event,
    position: String(index + 1).padStart(20, '0'),
    occurredAt: `2026-11-20T03:${String(index % 60).padStart(2, '0')}:00Z`,
  }));
}

export function folded(events: readonly DaymarkEvent[]): WorkingRows {
  const rows = noRows();
  for (const event of placed(events)) foldInto(rows, event);
  return rows;
}

/** Every row, without the order in which they came to be. */
export function contents(rows: WorkingRows): Record<string, unknown> {
  const sorted = (table: { rows: ReadonlyMap<string, unknown> }): unknown =>
    Object.fromEntries([...table.rows.entries()].sort(([a], [b]) => (a < b ? -1 : 1)));
  return {
    sources: sorted(rows.sources),
    days: sorted(rows.days),
    runs: sorted(rows.runs),
    runDays: sorted(rows.runDays),
  };
}

/** A run as a reader sees it. */
export function runIn(rows: WorkingRows, id: string): RunRow | undefined {
  const found = rows.runs.rows.get(id);
  if (found === undefined) return undefined;
  const { position: _position, ...run } = found.row;
  const days = [...rows.runDays.rows.values()]
    .filter(({ row }) => row.runId === id)
    .map(({ row }) => row.report)
    .sort((a, b) => (a.day < b.day ? -1 : 1));
  return { ...run, days };
}
