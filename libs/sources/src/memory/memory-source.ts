import { SourceFault } from '../port';
import type { SessionOptions, SnapshotSession, SourceColumn, SourceConnector } from '../port';
import { memorySession } from './memory-session';
import type { FaultCheck, MemoryRow, MemoryStep } from './memory-session';
import { keyText } from './record-text';

export interface MemorySourceOptions {
  /** The columns with PostgreSQL's types; exactly one is, alone or also as a key, the day: a `date`. */
  readonly columns: readonly SourceColumn[];
  /** The key's columns in their order; absent: those with role `key`. */
  readonly key?: readonly string[];
  /** The column that holds the day; absent: the one with role `day`. */
  readonly day?: string;
  readonly rows?: readonly MemoryRow[];
  /** The source's clock: RFC 3339, UTC, microseconds. */
  readonly now: () => string;
  readonly retentionDays?: number | null;
}

/** A failure told beforehand. */
export interface ScriptedFault {
  readonly step: MemoryStep;
  readonly fault: SourceFault;
  /** Only for the streams of this day. */
  readonly day?: string;
  /** A stream fails after so many rows, 0 unless told; at its end if it has fewer. */
  readonly afterRows?: number;
  /** How often it happens, once unless told. */
  readonly times?: number;
}

/**
 * A source in memory, for specs of what reads sources. Its versions are `md5` over the record's text as PostgreSQL prints
 * it, so a real target that stored the same columns computes the same.
 */
export interface MemorySource {
  readonly connector: SourceConnector;
  /** Adds rows as they are, also a second one of the same day and key. */
  insert(...rows: readonly MemoryRow[]): void;
  /** Adds a row, or puts it in the place of those of the same day and key. */
  put(row: MemoryRow): void;
  /** Takes away all rows of that day and key (the key's text). */
  delete(day: string | null, key: string | null): void;
  /** Takes away the days before this one, as a cleaner does. */
  purgeBefore(day: string): void;
  /** From now on sessions see these columns; a row without one of them has NULL there. */
  setColumns(columns: readonly SourceColumn[]): void;
  failAt(fault: ScriptedFault): void;
  /** Takes back every scripted failure that has not happened. */
  heal(): void;
  /** Sessions opened and not yet closed. */
  openSessions(): number;
}

/** The recorded columns as they stand now. */
const fitColumns = (
  present: readonly SourceColumn[],
  recorded: readonly SourceColumn[] | undefined,
): readonly SourceColumn[] => {
  if (recorded === undefined) {
    return present;
  }
  return recorded.map(({ name, type }) => {
    const column = present.find((candidate) => candidate.name === name);
    if (column?.type !== type) {
      throw new SourceFault('SOURCE_SCHEMA_CHANGED', `The source's column ${name} is gone or changed.`);
    }
    return column;
  });
};

const checkOptions = ({ hashes, signal }: SessionOptions): void => {
  if (signal?.aborted === true) {
    throw new SourceFault('SOURCE_SESSION_CLOSED', 'The opening was aborted.');
  }
  if (!hashes.includes('md5')) {
    throw new SourceFault('SOURCE_HASH_CHANGED', 'A source in memory computes md5 only.');
  }
};

/** Faults in the order in which they were told; each happens as often as it says. */
interface FaultScript {
  readonly tell: (fault: ScriptedFault) => void;
  readonly heal: () => void;
  readonly check: FaultCheck;
}

const faultScript = (): FaultScript => {
  let told: { readonly script: ScriptedFault; left: number }[] = [];
  return {
    tell: (script) => {
      told.push({ script, left: script.times ?? 1 });
    },
    heal: () => {
      told = [];
    },
    check: (step, day) => {
      const due = told.find(
        ({ script, left }) => left > 0 && script.step === step && (script.day ?? day) === day,
      );
      if (due === undefined) {
        return null;
      }
      due.left -= 1;
      return { fault: due.script.fault, afterRows: due.script.afterRows ?? 0 };
    },
  };
};

export const createMemorySource = (options: MemorySourceOptions): MemorySource => {
  const script = faultScript();
  const open = new Set<SnapshotSession>();
  const key = options.key ?? options.columns.filter(({ role }) => role === 'key').map(({ name }) => name);
  const day = options.day ?? options.columns.find(({ role }) => role === 'day')?.name ?? '';
  let { columns } = options;
  let rows: readonly MemoryRow[] = (options.rows ?? []).map((row) => ({ ...row }));
  const isAt = (row: MemoryRow, at: string | null, text: string | null): boolean =>
    (row[day] ?? null) === at && keyText(key.map((name) => row[name] ?? null)) === text;
  const remove = (at: string | null, text: string | null): void => {
    rows = rows.filter((row) => !isAt(row, at, text));
  };
  const insert = (...added: readonly MemoryRow[]): void => {
    rows = [...rows, ...added.map((row) => ({ ...row }))];
  };

  const openSession = (asked: SessionOptions): SnapshotSession => {
    checkOptions(asked);
    const due = script.check('open');
    if (due !== null) {
      throw due.fault;
    }
    const fitted = fitColumns(columns, asked.columns);
    const session = memorySession({
      at: options.now(),
      rows,
      columns: fitted,
      key,
      day,
      retentionDays: options.retentionDays ?? null,
      faultAt: script.check,
      signal: asked.signal,
      onEnd: () => open.delete(session),
    });
    open.add(session);
    return session;
  };

  return {
    connector: { open: (asked) => new Promise((resolve) => resolve(openSession(asked))) },
    insert,
    put: (row) => {
      remove(row[day] ?? null, keyText(key.map((name) => row[name] ?? null)));
      insert(row);
    },
    delete: remove,
    purgeBefore: (before) => {
      rows = rows.filter((row) => (row[day] ?? before) >= before);
    },
    setColumns: (changed) => {
      columns = changed;
    },
    failAt: script.tell,
    heal: script.heal,
    openSessions: () => open.size,
  };
};
