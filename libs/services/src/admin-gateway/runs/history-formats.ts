import { runsAsCsv, CSV_HEADER } from './history-csv';
import type { RunSummary } from './run-document';

/** The types that the history comes as; what a client does not care about is the first. */
export const HISTORY_TYPES = ['application/json', 'text/csv', 'application/x-ndjson'] as const;

/** A format that is written run by run. */
export interface HistoryFormat {
  readonly contentType: string;
  readonly extension: string;
  /** What stands before the first run. */
  readonly header: string;
  readonly text: (runs: readonly RunSummary[]) => string;
}

export const HISTORY_FORMATS: Readonly<
  Record<Exclude<(typeof HISTORY_TYPES)[number], 'application/json'>, HistoryFormat>
> = {
  'text/csv': {
    contentType: 'text/csv; charset=utf-8; header=present',
    extension: 'csv',
    header: CSV_HEADER,
    text: runsAsCsv,
  },
  'application/x-ndjson': {
    contentType: 'application/x-ndjson; charset=utf-8',
    extension: 'ndjson',
    header: '',
    text: (runs) => runs.map((run) => `${JSON.stringify(run)}\n`).join(''),
  },
};
