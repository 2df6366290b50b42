import { afterEach, beforeEach } from '@jest/globals';
import type { SessionOptions, SnapshotSession, SourceConnector } from '../port';

/** An element as the suite knows it. Its content is one text, or nothing, in a column named `content`. */
export interface WorldElement {
  readonly day: string;
  readonly key: string;
  readonly content: string | null;
}

/**
 * A source of its own for one test, empty, and the means to change it. Its key is one text, its day a calendar date; the
 * connector describes a payload column named `content`.
 */
export interface SourceWorld {
  readonly connector: SourceConnector;
  /** Adds elements and commits; also a second one of the same day and key. */
  insert(elements: readonly WorldElement[]): Promise<void>;
  /** Changes the content of the element. */
  update(element: WorldElement): Promise<void>;
  remove(element: Pick<WorldElement, 'day' | 'key'>): Promise<void>;
  /** Adds elements in a change that nobody sees until `commit`. */
  insertLate(elements: readonly WorldElement[]): Promise<{ commit(): Promise<void> }>;
  /** Adds a column named `extra` with a value in every element, takes `content` away, or gives it another type. */
  changeSchema(change: 'add' | 'drop' | 'retype'): Promise<void>;
  /** How many snapshots of the connector's the source itself still serves. */
  servedSnapshots(): Promise<number>;
  dispose(): Promise<void>;
}

export type SourceWorldFactory = () => Promise<SourceWorld>;

/** The world of the test that runs, and sessions on it that are closed after it. */
export interface Bench {
  world(): SourceWorld;
  open(options?: Partial<SessionOptions>): Promise<SnapshotSession>;
}

const HASHES = ['hashtextextended', 'md5'] as const;

export const useBench = (factory: SourceWorldFactory): Bench => {
  let current: SourceWorld | undefined;
  let sessions: SnapshotSession[] = [];
  beforeEach(async () => {
    current = await factory();
  });
  afterEach(async () => {
    await Promise.all(sessions.map((session) => session.close()));
    sessions = [];
    await current?.dispose();
    current = undefined;
  });
  const world = (): SourceWorld => {
    if (current === undefined) {
      throw new Error('A world lives only while its test runs.');
    }
    return current;
  };
  return {
    world,
    open: async (options = {}) => {
      const session = await world().connector.open({ hashes: HASHES, ...options });
      sessions.push(session);
      return session;
    },
  };
};
