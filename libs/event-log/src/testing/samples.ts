import type { Expectation, JsonObject, NewEvent, RecordedEvent } from '../port';

export const noStream: Expectation = { kind: 'noStream' };
export const anyRevision: Expectation = { kind: 'any' };

export function exactly(revision: bigint): Expectation {
  return { kind: 'exactly', revision };
}

let issued = 0;

/** Ids that differ within a test run. */
export function freshId(): string {
  issued += 1;
  return `00000000-0000-4000-8000-${issued.toString(16).padStart(12, '0')}`;
}

export function sample(data: JsonObject = {}, type = 'SampleTaken'): NewEvent {
  return { id: freshId(), type, data, metadata: { commandId: 'c1' } };
}

export function samples(count: number): readonly NewEvent[] {
  return Array.from({ length: count }, (_, index) => sample({ index }));
}

export function idsOf(events: readonly { readonly id: string }[]): readonly string[] {
  return events.map((event) => event.id);
}

export function placesOf(events: readonly RecordedEvent[]): readonly string[] {
  return events.map((event) => `${event.position} ${event.stream} ${event.revision} ${event.id}`);
}

/** True when each position is greater, as a string, than the one before. */
export function strictlyGrowing(positions: readonly string[]): boolean {
  return positions.every((position, index) => index === 0 || (positions[index - 1] ?? '') < position);
}
