import type { SourceColumn } from '../port';
import { describeSourceConnector } from '../testing/describe-source-connector';
import type { WorldElement } from '../testing/world';
import { createMemorySource } from './memory-source';

const COLUMNS: readonly SourceColumn[] = [
  { name: 'key', type: 'text', role: 'key' },
  { name: 'day', type: 'date', role: 'day' },
  { name: 'content', type: 'text', role: 'payload' },
];

const CHANGED: Readonly<Record<'add' | 'drop' | 'retype', readonly SourceColumn[]>> = {
  add: [...COLUMNS, { name: 'extra', type: 'text', role: 'payload' }],
  drop: COLUMNS.filter(({ name }) => name !== 'content'),
  retype: COLUMNS.map((column) => (column.name === 'content' ? { ...column, type: 'integer' } : column)),
};

/** A clock that goes on by one microsecond whenever it is read. */
const ticking = (): (() => string) => {
  let ticks = 0;
  return () => {
    ticks += 1;
    return `2026-03-10T00:00:00.${String(ticks).padStart(6, '0')}Z`;
  };
};

/** Does it, and says so as a promise. */
const done = async (change: () => unknown): Promise<void> => {
  await Promise.resolve(change());
};

describeSourceConnector('the source in memory', () => {
  const source = createMemorySource({ columns: COLUMNS, now: ticking() });
  const insert = (elements: readonly WorldElement[]): Promise<void> =>
    done(() => source.insert(...elements.map((element) => ({ ...element }))));
  return Promise.resolve({
    connector: source.connector,
    insert,
    update: (element) => done(() => source.put({ ...element })),
    remove: ({ day, key }) => done(() => source.delete(day, key)),
    insertLate: (elements) => Promise.resolve({ commit: () => insert(elements) }),
    changeSchema: (change) => done(() => source.setColumns(CHANGED[change])),
    servedSnapshots: () => Promise.resolve(source.openSessions()),
    dispose: () => Promise.resolve(),
  });
});
