import type { DayRow, DifferenceTotal, RunFilter, RunRow, SourceRow, Views } from '@daymark/views';

/** Views whose rows a spec sets; what they were asked for is kept. */
export interface FakeViews extends Views {
  readonly rows: {
    sources: SourceRow[];
    days: DayRow[];
    runs: RunRow[];
    pending: DifferenceTotal;
    held: DifferenceTotal;
    position: string | null;
  };
  readonly asked: {
    reached: string[];
    filters: RunFilter[];
    pages: { cursor: string | null; limit: number }[];
  };
  /** Stands for the projection: called with each position that somebody waits for. */
  onWait: (position: string) => void;
}

const nothingDiffers: DifferenceTotal = { total: 0, new: 0, changed: 0, deleted: 0, days: [] };

export function createFakeViews(): FakeViews {
  const rows: FakeViews['rows'] = {
    sources: [],
    days: [],
    runs: [],
    pending: nothingDiffers,
    held: nothingDiffers,
    position: null,
  };
  const asked: FakeViews['asked'] = { reached: [], filters: [], pages: [] };
  const named = (name: string) => rows.sources.find((row) => row.id === name || row.settings.name === name);
  const moving = (row: RunRow) => row.status === 'running' || row.status === 'cancelling';
  const views: FakeViews = {
    rows,
    asked,
    onWait: (position) => {
      rows.position = position;
    },
    sources: () => Promise.resolve(rows.sources),
    pageOfSources: ({ cursor, limit }) => {
      const from = cursor === null ? 0 : Number(cursor);
      const next = from + limit < rows.sources.length ? String(from + limit) : null;
      return Promise.resolve({ items: rows.sources.slice(from, from + limit), nextCursor: next });
    },
    source: (name) => Promise.resolve(named(name) ?? null),
    differences: (_id, sealed) => Promise.resolve(sealed ? rows.held : rows.pending),
    days: (_id, { from, to }) => Promise.resolve(rows.days.filter(({ day }) => from <= day && day <= to)),
    run: (id) => Promise.resolve(rows.runs.find((row) => row.id === id) ?? null),
    runningRun: (id) =>
      Promise.resolve(rows.runs.find((row) => row.request.sourceId === id && moving(row)) ?? null),
    runs: (filter, page) => {
      asked.filters.push(filter);
      asked.pages.push(page);
      return Promise.resolve({ items: rows.runs, nextCursor: null });
    },
    runsOfDay: () => Promise.resolve(rows.runs),
    position: () => Promise.resolve(rows.position),
    reached: (position) => {
      asked.reached.push(position);
      views.onWait(position);
      return Promise.resolve(rows.position !== null && rows.position >= position);
    },
  };
  return views;
}
