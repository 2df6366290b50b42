import type { DaymarkEvent } from '@daymark/contracts';
import { compareInstants } from '@daymark/domain/calendar-days';
import { evolveSource, initialSource, type SourceEvent, type SourceState } from '@daymark/domain/source';
import type { Period } from '@daymark/domain/sync-run';
import type { SourceRow } from '../port';
import type { FoldContext } from './fold-context';

/** A source's row as it is kept: with what a later registration needs to know of the removal. */
export interface FoldedSource extends SourceRow {
  readonly removedWith: 'keep' | 'delete' | null;
}

export function foldSource(
  row: FoldedSource | null,
  event: DaymarkEvent,
  context: FoldContext,
): FoldedSource | null {
  switch (event.type) {
    case 'SourceRegistered':
    case 'SourceChanged':
    case 'SourceRemoved':
    case 'SourceUnreachable':
    case 'SourceRecovered':
    case 'PendingElementsDetected':
    case 'SourceAligned':
    case 'LateElementsHeld':
      return evolved(row, event);
    case 'DaySynchronized':
      return row === null ? null : { ...row, covered: hull(row.covered, event.data.day) };
    case 'SyncCompleted':
      if (row === null || context.dryRun) return row;
      return { ...row, lastSynchronizedAt: context.occurredAt };
    default:
      return row;
  }
}

/**
 * Whether the event ends what was known of the source's days. A removal that deletes does; so does the revival after
 * one, because a run that was under way may have told of days in between.
 */
export function forgetsDays(row: FoldedSource | null, event: DaymarkEvent): boolean {
  if (event.type === 'SourceRemoved') return event.data.elements === 'delete';
  return event.type === 'SourceRegistered' && row?.removed === true && row.removedWith === 'delete';
}

/** The period widened by a day. */
export function hull(period: Period | null, day: string): Period {
  if (period === null) return { from: day, to: day };
  return { from: day < period.from ? day : period.from, to: day > period.to ? day : period.to };
}

function evolved(row: FoldedSource | null, event: SourceEvent): FoldedSource | null {
  const state = evolveSource(stateOf(row), event);
  if (state.status === 'none') return null;
  const known = forgetsDays(row, event) ? null : row;
  return {
    id: state.id,
    settings: state.settings,
    revision: state.revision,
    removed: state.status === 'removed',
    removedWith: state.status === 'removed' ? state.elements : null,
    polling: state.polling,
    censusAt: censusAfter(known?.censusAt ?? null, event),
    lastSynchronizedAt: known?.lastSynchronizedAt ?? null,
    covered: known?.covered ?? null,
  };
}

function stateOf(row: FoldedSource | null): SourceState {
  if (row === null) return initialSource;
  const { id, settings, revision, polling } = row;
  return row.removed
    ? { status: 'removed', id, settings, revision, polling, elements: row.removedWith ?? 'keep' }
    : { status: 'registered', id, settings, revision, polling };
}

function censusAfter(known: string | null, event: SourceEvent): string | null {
  if (!('censusAt' in event.data)) return known;
  const { censusAt } = event.data;
  return known === null || compareInstants(censusAt, known) > 0 ? censusAt : known;
}
