import { Readable } from 'node:stream';
import { SourceFault } from '../port';
import type { Census, DayCensus, Retention, SnapshotSession, SourceColumn } from '../port';
import { checkDay } from '../postgres/calendar-day';
import { unreadableReason } from '../postgres/day-sql';
import { copyLine, keyText, recordVersion } from './record-text';

/** A row by its columns' names; a value is the text that PostgreSQL prints for it. */
export type MemoryRow = Readonly<Record<string, string | null>>;

/** The steps of a session that can be told to fail. */
export type MemoryStep = 'open' | 'retention' | 'census' | 'fingerprints' | 'elements';

/** The failure scripted for this step, if it is due now, and after how many rows a stream shall meet it. */
export type FaultCheck = (
  step: MemoryStep,
  day?: string,
) => { readonly fault: SourceFault; readonly afterRows: number } | null;

export interface MemorySnapshot {
  readonly at: string;
  readonly rows: readonly MemoryRow[];
  readonly columns: readonly SourceColumn[];
  readonly key: readonly string[];
  readonly day: string;
  readonly retentionDays: number | null;
  readonly faultAt: FaultCheck;
  readonly signal: AbortSignal | undefined;
  readonly onEnd: () => void;
}

const closedFault = (): SourceFault =>
  new SourceFault('SOURCE_SESSION_CLOSED', 'This snapshot session is closed.');

const valueOf = (row: MemoryRow, column: string): string | null => row[column] ?? null;

/** Why a row stands on no day: the rule of the PostgreSQL connector over a date's text. */
const isReadable = (day: string | null): day is string => unreadableReason(day) === null;

const censusOf = (
  snapshot: MemorySnapshot,
  versionOf: (row: MemoryRow) => bigint,
  days?: readonly string[],
): Census => {
  const found = new Map<string, { count: number; sum: bigint }>();
  const reasons: string[] = [];
  for (const row of snapshot.rows) {
    const day = valueOf(row, snapshot.day);
    if (isReadable(day)) {
      const { count, sum } = found.get(day) ?? { count: 0, sum: 0n };
      found.set(day, { count: count + 1, sum: sum + versionOf(row) });
    } else {
      reasons.push(unreadableReason(day) ?? '');
    }
  }
  const asked = [...found]
    .filter(([day]) => days?.includes(day) ?? true)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const counted = asked.map(([day, { count, sum }]): [string, DayCensus] => [
    day,
    { count, digest: String(sum) },
  ]);
  const unreadable = days === undefined ? reasons : [];
  return {
    days: new Map(counted),
    unreadable: { count: unreadable.length, reasons: [...new Set(unreadable)] },
  };
};

/** Rows of a snapshot as a byte stream that fails where the script says. */
const streamOf = (
  lines: readonly string[],
  ending: {
    readonly check: () => void;
    readonly due: ReturnType<FaultCheck>;
    readonly end: (failed: Readable) => void;
  },
): Readable => {
  const { check, due, end } = ending;
  const bytes = function* (): Generator<Buffer> {
    for (const [index, line] of lines.entries()) {
      check();
      if (due !== null && index >= due.afterRows) {
        end(stream);
        throw due.fault;
      }
      yield Buffer.from(line, 'utf8');
    }
    check();
    if (due !== null) {
      end(stream);
      throw due.fault;
    }
  };
  let whole = false;
  const stream: Readable = Readable.from(bytes(), { objectMode: false, highWaterMark: 16 * 1024 });
  stream.on('end', () => {
    whole = true;
  });
  stream.on('close', () => whole || end(stream));
  return stream;
};

/** What is over once a session ends: every stream in hand, and every question after it. */
interface Life {
  /** @throws SourceFault once the session ended */
  readonly check: () => void;
  /** The stream that failed fails by itself. */
  readonly end: (failed?: Readable) => void;
  readonly track: (stream: Readable) => Readable;
}

const lifeOf = ({ onEnd, signal }: MemorySnapshot): Life => {
  let closed = false;
  const streams = new Set<Readable>();
  const onAbort = (): void => end();
  const end = (failed?: Readable): void => {
    closed = true;
    onEnd();
    signal?.removeEventListener('abort', onAbort);
    streams.forEach((stream) => stream === failed || stream.destroy(closedFault()));
  };
  signal?.addEventListener('abort', onAbort);
  return {
    end,
    check: () => {
      if (closed) {
        throw closedFault();
      }
    },
    track: (stream) => {
      streams.add(stream);
      stream.on('close', () => streams.delete(stream));
      return stream;
    },
  };
};

const retentionOf = (snapshot: MemorySnapshot): Retention => {
  const days = snapshot.rows.map((row) => valueOf(row, snapshot.day)).filter(isReadable);
  return { days: snapshot.retentionDays, oldestDay: days.sort()[0] ?? null };
};

interface LineMaker {
  readonly versionOf: (row: MemoryRow) => bigint;
  readonly fingerprints: (day: string) => readonly string[];
  readonly elements: (day: string, keys?: readonly string[]) => readonly string[];
}

const linesOf = (snapshot: MemorySnapshot): LineMaker => {
  const columns = snapshot.columns.map(({ name }) => name);
  const versionOf = (row: MemoryRow): bigint => recordVersion(columns.map((name) => valueOf(row, name)));
  const keyOf = (row: MemoryRow): string | null => keyText(snapshot.key.map((name) => valueOf(row, name)));
  const on = (day: string): readonly MemoryRow[] =>
    snapshot.rows.filter((row) => valueOf(row, snapshot.day) === day);
  return {
    versionOf,
    fingerprints: (day) => on(day).map((row) => copyLine([keyOf(row), String(versionOf(row))])),
    elements: (day, keys) => {
      const asked = keys === undefined ? null : new Set<string | null>(keys);
      const rows = on(day).filter((row) => asked?.has(keyOf(row)) ?? true);
      return rows.map((row) => copyLine([day, keyOf(row), ...columns.map((name) => valueOf(row, name))]));
    },
  };
};

/** A session over rows that nobody else changes any more. It dies of its first failure, as a connection does. */
export const memorySession = (snapshot: MemorySnapshot): SnapshotSession => {
  const life = lifeOf(snapshot);
  const lines = linesOf(snapshot);
  const answer = <T>(step: MemoryStep, make: () => T): Promise<T> =>
    new Promise((resolve) => {
      life.check();
      const due = snapshot.faultAt(step);
      if (due !== null) {
        life.end();
        throw due.fault;
      }
      resolve(make());
    });
  const stream = (step: MemoryStep, day: string, made: readonly string[]): Readable =>
    life.track(streamOf(made, { ...life, due: snapshot.faultAt(step, day) }));
  return {
    at: snapshot.at,
    description: { columns: snapshot.columns, key: snapshot.key, version: { kind: 'record', hash: 'md5' } },
    retention: () => answer('retention', () => retentionOf(snapshot)),
    census: (days) => answer('census', () => censusOf(snapshot, lines.versionOf, days?.map(checkDay))),
    fingerprints: (day) => stream('fingerprints', day, lines.fingerprints(checkDay(day))),
    elements: (day, keys) => stream('elements', day, lines.elements(checkDay(day), keys)),
    close: () => Promise.resolve().then(() => life.end()),
  };
};
