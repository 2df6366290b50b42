import type { RunQueueEvent } from '@daymark/domain/run-queue';
import type { SourceEvent } from '@daymark/domain/source';
import type { SyncRunEvent } from '@daymark/domain/sync-run';

export interface InstallationCreated {
  readonly type: 'InstallationCreated';
  readonly data: { readonly installationId: string };
}

/** Every event that today's code knows. */
export type DaymarkEvent = SourceEvent | SyncRunEvent | RunQueueEvent | InstallationCreated;

export type EventType = DaymarkEvent['type'];

/** What is true of every event, whatever its type. */
export interface EventMetadata {
  readonly commandId: string;
  readonly correlationId: string;
  /** Account name, or `system:<service>`. */
  readonly actor: string;
  /** The writer's clock; RFC 3339, UTC. Order is by position, never by this. */
  readonly occurredAt: string;
  /** Version of the payload's shape. */
  readonly version: number;
}

const versions: Record<EventType, number> = {
  InstallationCreated: 1,
  SourceRegistered: 1,
  SourceChanged: 1,
  SourceRemoved: 1,
  PendingElementsDetected: 1,
  SourceAligned: 1,
  LateElementsHeld: 1,
  SourceUnreachable: 1,
  SourceRecovered: 1,
  SyncRequested: 1,
  ResyncRequested: 1,
  SyncStarted: 1,
  SyncResumed: 1,
  DaySynchronized: 1,
  SyncCompleted: 1,
  SyncFailed: 1,
  SyncCancelRequested: 1,
  SyncCancelled: 1,
  RunQueued: 1,
  RunReleased: 1,
};

/** What an event looks like in the log. */
export interface StoredEvent {
  readonly id: string;
  readonly type: string;
  readonly data: JsonObject;
  readonly metadata: JsonObject;
}

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** The envelope of a command: who, on whose behalf, when. */
export interface CommandContext {
  readonly commandId: string;
  readonly correlationId: string;
  readonly actor: string;
  readonly occurredAt: string;
}

/** Writes an event as the log keeps it. The id is derived by the caller, so that a retry gives the same. */
export function encodeEvent(event: DaymarkEvent, id: string, context: CommandContext): StoredEvent {
  const metadata = { ...context, version: versions[event.type] };
  return { id, type: event.type, data: asJson(event.data), metadata };
}

export type Decoded =
  | { readonly known: true; readonly event: DaymarkEvent; readonly metadata: EventMetadata }
  /** Written by a version that knows more than this one: reported, never guessed at. */
  | { readonly known: false; readonly type: string };

/** Reads an event as today's code knows it: old shapes are brought up to date here, before any fold sees them. */
export function decodeEvent(stored: { type: string; data: JsonObject; metadata: JsonObject }): Decoded {
  const version = stored.metadata['version'];
  const current = isEventType(stored.type) ? versions[stored.type] : undefined;
  if (current === undefined || typeof version !== 'number' || version > current) {
    return { known: false, type: stored.type };
  }
  const text = (key: string) => {
    const value = stored.metadata[key];
    return typeof value === 'string' ? value : '';
  };
  return {
    known: true,
    event: { type: stored.type, data: stored.data } as DaymarkEvent,
    metadata: {
      commandId: text('commandId'),
      correlationId: text('correlationId'),
      actor: text('actor'),
      occurredAt: text('occurredAt'),
      version,
    },
  };
}

function isEventType(type: string): type is EventType {
  return Object.hasOwn(versions, type);
}

/** Event data are plain JSON by construction; this drops what JSON has no word for (absent optional fields). */
function asJson(data: DaymarkEvent['data']): JsonObject {
  return JSON.parse(JSON.stringify(data)) as JsonObject;
}

/** The source that an event belongs to, if it belongs to one. */
export function sourceIdOf(event: DaymarkEvent): string | null {
  if (event.type === 'InstallationCreated') return null;
  return event.type === 'RunQueued' ? event.data.request.sourceId : event.data.sourceId;
}

/** Bookkeeping that no reader outside needs: left out of `GET /events` and of what other services are sent. */
export function isInternal(type: string): boolean {
  return type === 'RunQueued' || type === 'RunReleased' || type === 'InstallationCreated';
}
