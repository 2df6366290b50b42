import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import {
  decodeEvent,
  SUBJECTS,
  type DaymarkEvent,
  type LastPoll,
  type RequestRunAnswer,
} from '@daymark/contracts';
import { totalOf, type Total } from '@daymark/domain/counts';
import type { SourceSettings } from '@daymark/domain/source';
import { createElements, elementsMigrations, type DaySummary, type Elements } from '@daymark/elements';
import type { EventLog, RecordedEvent } from '@daymark/event-log';
import { createMemoryLogStore, openMemoryEventLog } from '@daymark/event-log/memory';
import { MessageFault, prepareHandlers, type Messenger } from '@daymark/messaging';
import { createInProcessBus, InProcessServer, type InProcessBus } from '@daymark/messaging/in-process';
import { migrate } from '@daymark/platform';
import { createMetrics, type Metrics } from '@daymark/platform/metrics';
import { createTestDatabase } from '@daymark/platform/testing';
import { SourceFault, type SourceColumn, type SourceConnector } from '@daymark/sources';
import { createMemorySource, type MemoryRow, type MemorySource } from '@daymark/sources/memory';
import { Client, Pool } from 'pg';
import { createSourceRegistry } from '../src/log-states/source-registry';
import {
  createLastPollsTable,
  createSourceNames,
  createSourcePolling,
  measureSources,
  pollMeter,
  SourcePollingModule,
  sourcePollingMigrations,
  type LastPollsTable,
} from '../src/source-polling';
import { createSyncExecution, measureRuns, runMeter, SyncExecutionModule } from '../src/sync-execution';

export type Row = Record<string, string | null>;

/** Noon of a day in UTC: everything before today is closed, today and later is open. */
export const TODAY = '2026-03-10';
export const YESTERDAY = '2026-03-09';
export const EARLIER = '2026-03-08';
const NOON = Date.parse(`${TODAY}T12:00:00Z`);

export const columns: readonly SourceColumn[] = [
  { name: 'id', type: 'integer', role: 'key' },
  { name: 'day', type: 'date', role: 'day' },
  { name: 'note', type: 'text', role: 'payload' },
];

export function row(id: number, day: string, note = `note ${id}`): MemoryRow {
  return { id: String(id), day, note };
}

export function rows(day: string, from: number, to: number): MemoryRow[] {
  return Array.from({ length: to - from + 1 }, (_, i) => row(from + i, day));
}

export interface Line {
  readonly level: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

type Pause = (ms: number, signal: AbortSignal) => Promise<void>;

/** What may stand between a room and its parts. */
export interface Wires {
  log?: (log: EventLog) => EventLog;
  elements?: (elements: Elements) => Elements;
  lastPolls?: (table: LastPollsTable) => LastPollsTable;
  messenger?: (messenger: Messenger) => Messenger;
  pause?: (pause: Pause) => Pause;
  /** What the database calls the connection that holds names while this room decides about them. */
  connection?: string;
  /** True of a room that was killed: it is not stopped as the others are. */
  dead?: () => boolean;
  /** Where the room listens; without one, on the bus that all share. */
  bus?: InProcessBus;
  /** What the room tells of itself, if anybody wants to know. */
  metrics?: Metrics;
}

/** Two rooms on one bus, as the standalone opens them: memory log and sources, and a real target. */
export interface House {
  readonly elements: Elements;
  /** What the rooms logged. */
  readonly lines: readonly Line[];
  readonly messenger: Messenger;
  /** Moves the clock of services and sources on. It also moves by a millisecond with each look. */
  advance(minutes: number): void;
  /** A source in memory, found as table `name`. */
  memory(name: string, given: readonly MemoryRow[], retentionDays?: number): MemorySource;
  place(name: string, connector: SourceConnector): void;
  openPolling(wires?: Wires): Promise<() => Promise<void>>;
  openExecution(wires?: Wires): Promise<() => Promise<void>>;
  register(name: string, overrides?: Partial<SourceSettings>): Promise<string>;
  settings(name: string, overrides?: Partial<SourceSettings>): SourceSettings;
  ask<Answer>(subject: string, question: object): Promise<Answer>;
  /** Polls now, and waits for it. */
  refresh(sourceId: string): Promise<LastPoll>;
  request(sourceId: string, body?: object): Promise<RequestRunAnswer>;
  /** Asks for a run, waits for its end and for the poll that follows it. */
  run(sourceId: string, body?: object): Promise<RunEnd>;
  ended(runId: string): Promise<RunEnd>;
  events(): Promise<DaymarkEvent[]>;
  recorded(): Promise<readonly RecordedEvent[]>;
  /** What the status shows: folded from the log. */
  status(sourceId: string): Promise<{ pending: Total; held: Total }>;
  summaries(sourceId: string): Promise<Map<string, DaySummary>>;
  /** `day id note` of all that the target holds. */
  copied(name: string): Promise<string[]>;
  sql(text: string, values?: readonly unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}

export type RunEnd = Extract<DaymarkEvent, { type: 'SyncCompleted' | 'SyncFailed' | 'SyncCancelled' }>;

/** Whatever waits in the services waits so many times shorter here. */
const HASTE = 20;

const inHaste: Pause = (ms, signal) => delay(ms / HASTE, undefined, { signal }).catch(() => undefined);

export async function openHouse(): Promise<House> {
  const database = await createTestDatabase();
  const pool = new Pool({ connectionString: database.url, max: 10 });
  pool.on('error', () => undefined);
  const pools = [pool];
  const client = new Client({ connectionString: database.url });
  client.on('error', () => undefined);
  await client.connect();
  const schemas = { elements: 'elements', copy: 'copy' };
  await migrate(client, { schema: 'elements', migrations: elementsMigrations(schemas) });
  await migrate(client, { schema: 'operations', migrations: sourcePollingMigrations('operations') });
  const elements = createElements({ pool, url: database.url, schemas });
  const store = createMemoryLogStore();
  const log = openMemoryEventLog(store);
  const bus = createInProcessBus();
  const messenger = bus.messenger();
  const places = new Map<string, SourceConnector>();
  const closing: (() => Promise<void>)[] = [];
  let ms = NOON;
  const now = (): string => new Date((ms += 1)).toISOString();
  const connector = ({ connector: { table } }: SourceSettings): SourceConnector =>
    places.get(table) ?? {
      open: () => Promise.reject(new SourceFault('SOURCE_TABLE_UNKNOWN', `No ${table}.`)),
    };
  const onFault = (fault: unknown): void => {
    throw fault instanceof Error ? fault : new Error(String(fault));
  };
  const lines: Line[] = [];
  const said = (level: string) => (fields: object, message: string) =>
    void lines.push({ ...fields, level, message });
  const shared = (wires: Wires) => ({
    log: wires.log?.(log) ?? log,
    elements: wires.elements?.(elements) ?? elements,
    connector,
    now,
    id: randomUUID,
    onFault,
    logger: {
      info: said('info'),
      warn: said('warn'),
      error: said('error'),
    },
  });

  async function open(
    name: string,
    module: DynamicModule,
    { stop, wires }: { stop: () => Promise<void>; wires: Wires },
  ): Promise<() => Promise<void>> {
    const app = await NestFactory.createMicroservice<MicroserviceOptions>(module, {
      strategy: new InProcessServer(wires.bus ?? bus, {
        queue: name,
        onFault: () => undefined,
        drainMs: 1_000,
      }),
      logger: false,
    });
    prepareHandlers(app, { onFault: () => undefined });
    await app.listen();
    let ended: Promise<void> | undefined;
    const end = (): Promise<void> =>
      (ended ??= app.close().then(() => (wires.dead?.() === true ? undefined : stop())));
    closing.push(end);
    return end;
  }

  const house: House = {
    elements,
    lines,
    messenger,
    advance: (minutes) => {
      ms += minutes * 60_000;
    },
    memory: (name, given, retentionDays) => {
      const source = createMemorySource({
        columns,
        rows: given,
        now: () => now().replace('Z', '000Z'),
        ...(retentionDays === undefined ? {} : { retentionDays }),
      });
      places.set(`public.${name}`, source.connector);
      return source;
    },
    place: (name, given) => places.set(`public.${name}`, given),
    openPolling: async (wires = {}) => {
      const table = createLastPollsTable(pool, 'operations');
      const lastPolls = wires.lastPolls?.(table) ?? table;
      const own = new Pool({
        connectionString: database.url,
        max: 4,
        ...(wires.connection === undefined ? {} : { application_name: wires.connection }),
      });
      own.on('error', () => undefined);
      pools.push(own);
      const names = createSourceNames(own, 'operations');
      const metrics = wires.metrics ?? createMetrics({ ofProcess: false });
      const polling = createSourcePolling({
        ...shared(wires),
        lastPolls,
        names,
        observer: pollMeter(metrics),
      });
      measureSources(metrics, polling);
      await polling.start();
      return open('source-polling', SourcePollingModule.with(polling), { stop: () => polling.stop(), wires });
    },
    openExecution: async (wires = {}) => {
      const metrics = wires.metrics ?? createMetrics({ ofProcess: false });
      const execution = createSyncExecution({
        ...shared(wires),
        observer: runMeter(metrics),
        messenger: wires.messenger?.(messenger) ?? messenger,
        random: () => 0,
        pause: wires.pause?.(inHaste) ?? inHaste,
        maxRuns: 2,
      });
      measureRuns(metrics, execution);
      await execution.start();
      return open('sync-execution', SyncExecutionModule.with(execution), {
        stop: () => execution.stop(),
        wires,
      });
    },
    settings: (name, overrides = {}) => ({
      name,
      timeZone: 'UTC',
      pollingIntervalMinutes: 60,
      lateData: 'hold',
      settleDelayMinutes: 120,
      connector: {
        type: 'postgres',
        url: 'postgresql://reader@source/db',
        table: `public.${name}`,
        key: ['id'],
        day: { column: 'day' },
      },
      cleaner: { retentionDays: 60, runsAt: '03:00', guardMinutes: 0 },
      ...overrides,
    }),
    ask: (subject, question) =>
      messenger.ask(
        subject,
        { caller: { actor: 'test', commandId: randomUUID(), correlationId: 'test' }, ...question },
        { timeoutMs: 20_000 },
      ),
    register: async (name, overrides = {}) => {
      const settings = house.settings(name, overrides);
      const { sourceId } = await house.ask<{ sourceId: string }>(SUBJECTS.registerSource, { settings });
      await house.refresh(sourceId);
      return sourceId;
    },
    refresh: (sourceId) =>
      messenger.ask(SUBJECTS.refreshStatus, { sourceId, waitMs: 15_000 }, { timeoutMs: 20_000 }),
    request: (sourceId, body = {}) =>
      house.ask(SUBJECTS.requestRun, {
        runId: randomUUID(),
        sourceId,
        type: 'incremental',
        resync: false,
        dryRun: false,
        trigger: { kind: 'api', actor: 'test', occurrence: null },
        ...body,
      }),
    run: async (sourceId, body = {}) => {
      const { runId } = await house.request(sourceId, body);
      const end = await house.ended(runId);
      await released(house, runId);
      await house.refresh(sourceId);
      return end;
    },
    ended: async (runId) => {
      const found = (events: readonly DaymarkEvent[]) =>
        events.find((event): event is RunEnd => isEnd(event) && event.data.runId === runId);
      await until(async () => found(await house.events()) !== undefined, `the end of run ${runId}`);
      const end = found(await house.events());
      if (end === undefined) throw new Error('The end is gone.');
      return end;
    },
    recorded: () => log.page('start', 'all', 1_000_000),
    events: async () =>
      (await house.recorded()).flatMap((event) => {
        const decoded = decodeEvent(event);
        return decoded.known ? [decoded.event] : [];
      }),
    status: async (sourceId) => {
      const registry = createSourceRegistry();
      for (const event of await house.events()) registry.apply(event);
      const counts = registry.counts(sourceId);
      return { pending: totalOf(counts, { sealed: false }), held: totalOf(counts, { sealed: true }) };
    },
    summaries: (sourceId) => elements.summaries(sourceId),
    copied: async (name) => {
      const found = await house.sql(
        `SELECT concat_ws(' ', day, id, note) AS line FROM copy.${name} ORDER BY day, id`,
      );
      return found.map(({ line }) => line ?? '');
    },
    sql: async (text, values = []) => (await client.query<Row>(text, [...values])).rows,
    close: async () => {
      for (const end of closing.toReversed()) await end();
      await log.close();
      bus.close();
      await client.end();
      await Promise.all(pools.map((each) => each.end()));
      await database.drop();
    },
  };
  return house;
}

function isEnd(event: DaymarkEvent): event is RunEnd {
  return event.type === 'SyncCompleted' || event.type === 'SyncFailed' || event.type === 'SyncCancelled';
}

async function released(house: House, runId: string): Promise<void> {
  await until(async () => {
    const events = await house.events();
    return events.some((event) => event.type === 'RunReleased' && event.data.runId === runId);
  }, `run ${runId} to leave the queue`);
}

/** The code of the no that a question is answered with. */
export async function refusalOf(answer: Promise<unknown>): Promise<string> {
  return answer.then(
    () => 'answered',
    (fault: unknown) => (fault instanceof MessageFault ? (fault.problem?.code ?? fault.code) : String(fault)),
  );
}

/** Looks every few milliseconds until the condition holds; fails after 20 seconds. */
export async function until(condition: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = process.hrtime.bigint() + 20_000_000_000n;
  while (!(await condition())) {
    if (process.hrtime.bigint() > deadline) throw new Error(`Waited in vain: ${what}.`);
    await delay(10);
  }
}
