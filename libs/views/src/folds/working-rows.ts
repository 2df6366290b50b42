/**
 * Folds events into rows held in memory: those that a batch needs, read before and written after by whoever calls.
 * Every row carries the position it is folded through, and takes nothing from at or before it: folding again from an
 * older position changes nothing.
 */
import { sourceIdOf, type DaymarkEvent } from '@daymark/contracts';
import type { DayReport, SyncRunEvent } from '@daymark/domain/sync-run';
import type { DayRow } from '../port';
import { dayFactsOf, foldDay } from './day-fold';
import type { FoldContext } from './fold-context';
import { foldRun, reportsOf, runEventOf, type FoldedRun, type FoldedRunDay } from './run-fold';
import { foldSource, forgetsDays, type FoldedSource } from './source-fold';

export interface Folded<Row> {
  readonly row: Row;
  /** The position of the last event that went into the row. */
  readonly through: string;
}

export interface WorkingTable<Row> {
  readonly rows: Map<string, Folded<Row>>;
  /** Keys of the rows that differ from what was read. */
  readonly changed: Set<string>;
  /** Keys of the rows that were read, whatever became of them. */
  readonly stored: Set<string>;
}

export interface WorkingRows {
  readonly sources: WorkingTable<FoldedSource>;
  readonly days: WorkingTable<DayRow>;
  readonly runs: WorkingTable<FoldedRun>;
  readonly runDays: WorkingTable<FoldedRunDay>;
  /** Sources whose days folded before the position are forgotten; to be carried out before rows are written. */
  readonly forgotten: { readonly sourceId: string; readonly before: string }[];
}

/** An event with what folds need to know of it. */
export interface FoldableEvent {
  readonly event: DaymarkEvent;
  readonly position: string;
  readonly occurredAt: string;
}

/** The keys of the rows that events may touch. */
export interface RowKeys {
  readonly sources: Set<string>;
  readonly days: Map<string, DayKey>;
  readonly runs: Set<string>;
  readonly runDays: Map<string, RunDayKey>;
}

export interface DayKey {
  readonly sourceId: string;
  readonly day: string;
}

export interface RunDayKey {
  readonly runId: string;
  readonly day: string;
}

export function noRows(): WorkingRows {
  const table = <Row>(): WorkingTable<Row> => ({
    rows: new Map(),
    changed: new Set(),
    stored: new Set(),
  });
  return { sources: table(), days: table(), runs: table(), runDays: table(), forgotten: [] };
}

export function dayKey(key: DayKey): string {
  return `${key.sourceId} ${key.day}`;
}

export function runDayKey(key: RunDayKey): string {
  return `${key.runId} ${key.day}`;
}

export function keysOf(events: readonly FoldableEvent[]): RowKeys {
  const keys: RowKeys = { sources: new Set(), days: new Map(), runs: new Set(), runDays: new Map() };
  for (const { event, position, occurredAt } of events) {
    const sourceId = sourceIdOf(event);
    if (sourceId !== null) keys.sources.add(sourceId);
    for (const fact of dayFactsOf(event, { position, occurredAt, dryRun: false })) {
      keys.days.set(dayKey(fact), fact);
    }
    const runEvent = runEventOf(event);
    if (runEvent !== null) addRunKeys(keys, runEvent);
  }
  return keys;
}

function addRunKeys(keys: RowKeys, event: SyncRunEvent): void {
  const { runId } = event.data;
  keys.runs.add(runId);
  for (const { day } of reportsOf(event)) keys.runDays.set(runDayKey({ runId, day }), { runId, day });
}

/**
 * Takes the rows that the keys name from those of the batch before, as if they had been read after it was written, and
 * the keys off the list of what is to be read.
 */
export function carryOver(before: WorkingRows, rows: WorkingRows, keys: RowKeys): void {
  carry(before.sources, rows.sources, keys.sources);
  carry(before.days, rows.days, keys.days);
  carry(before.runs, rows.runs, keys.runs);
  carry(before.runDays, rows.runDays, keys.runDays);
}

function carry<Row>(
  before: WorkingTable<Row>,
  table: WorkingTable<Row>,
  keys: { keys(): Iterable<string>; delete(key: string): boolean },
): void {
  for (const key of [...keys.keys()]) {
    const known = before.rows.get(key);
    if (known === undefined) continue;
    table.rows.set(key, known);
    table.stored.add(key);
    keys.delete(key);
  }
}

/** Folds one event into the rows, which must hold every row of the event's keys that exists. */
export function foldInto(rows: WorkingRows, { event, position, occurredAt }: FoldableEvent): void {
  const runEvent = runEventOf(event);
  const dryRun = runEvent !== null && foldRunEvent(rows, runEvent, { position, occurredAt, dryRun: false });
  const context: FoldContext = { position, occurredAt, dryRun };
  const sourceId = sourceIdOf(event);
  if (sourceId !== null) {
    if (forgetsDays(rows.sources.rows.get(sourceId)?.row ?? null, event))
      forgetDays(rows, sourceId, position);
    foldRow(rows.sources, sourceId, position, (row) => foldSource(row, event, context));
  }
  for (const fact of dayFactsOf(event, context)) {
    foldRow(rows.days, dayKey(fact), position, (row) => foldDay(row, fact));
  }
}

/** Answers whether the run is a dry one. */
function foldRunEvent(rows: WorkingRows, event: SyncRunEvent, context: FoldContext): boolean {
  const { runId, sourceId } = event.data;
  const listed: DayReport[] = [];
  for (const report of reportsOf(event)) {
    const key = runDayKey({ runId, day: report.day });
    if (rows.runDays.rows.has(key)) continue;
    listed.push(report);
    foldRow(rows.runDays, key, context.position, () => ({ runId, sourceId, report }));
  }
  foldRow(rows.runs, runId, context.position, (row) => foldRun(row, event, context, listed));
  return rows.runs.rows.get(runId)?.row.request.dryRun ?? false;
}

function foldRow<Row>(
  table: WorkingTable<Row>,
  key: string,
  position: string,
  next: (row: Row | null) => Row | null,
): void {
  const known = table.rows.get(key);
  if (known !== undefined && position <= known.through) return;
  const row = next(known?.row ?? null);
  if (row === null) return;
  table.rows.set(key, { row, through: position });
  table.changed.add(key);
}

function forgetDays(rows: WorkingRows, sourceId: string, position: string): void {
  for (const [key, day] of rows.days.rows) {
    if (day.row.sourceId !== sourceId || day.through >= position) continue;
    rows.days.rows.delete(key);
    rows.days.changed.delete(key);
  }
  rows.forgotten.push({ sourceId, before: position });
}
