import { EventLogFault, type StreamId } from './port';

const streamName = /^[a-z][a-zA-Z]*-[A-Za-z0-9_.-]{1,200}$/;

/**
 * Names a stream: `source` and an id give `source-<id>`.
 *
 * @throws EventLogFault STREAM_NAME_INVALID
 */
export function streamId(category: string, id: string): StreamId {
  return checkedStreamId(`${category}-${id}`);
}

/**
 * For adapters: refuses what was cast to a `StreamId` without being one.
 *
 * @throws EventLogFault STREAM_NAME_INVALID
 */
export function checkedStreamId(name: string): StreamId {
  if (!streamName.test(name)) {
    throw new EventLogFault(
      'STREAM_NAME_INVALID',
      `"${name}" is not a stream name: <category>-<id> is expected`,
    );
  }
  return name as StreamId;
}

/** What stands before the first hyphen. */
export function categoryOf(stream: string): string {
  const hyphen = stream.indexOf('-');
  return hyphen < 0 ? stream : stream.slice(0, hyphen);
}
