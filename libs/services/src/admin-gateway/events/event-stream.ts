import type { Position } from '@daymark/event-log';
import type { Response } from 'express';
import type { LiveEvents } from './live-events';

export interface StreamWanted {
  /** Where the reader has come to; null: before the first event. */
  readonly after: Position | null;
  readonly sourceId: string | undefined;
  /** Aborts when the reader is not to be sent any more. */
  readonly signal: AbortSignal;
}

const eventsPerRead = 200;
/** A comment after so long without an event: proxies and readers see that the stream lives. */
const heartbeatMs = 10_000;
/** A reader that takes nothing for so long is cut: it comes back and goes on where it was. */
const slowMs = 15_000;
/** What a browser waits before it comes back, in milliseconds. */
const retryMs = 2_000;

/** Sends events as they come until the reader leaves, is too slow, or the signal aborts. Answers when the stream is over. */
export async function streamEvents(
  events: LiveEvents,
  response: Response,
  wanted: StreamWanted,
): Promise<void> {
  const { signal } = wanted;
  let position = wanted.after;
  // With its position at once, a reader that is cut before the first event misses none.
  await send(response, `retry: ${retryMs}\n${position === null ? '' : `id: ${position}\n`}\n`, signal);
  while (!signal.aborted) {
    const { events: next, through } = await events.after(position, eventsPerRead);
    const frames = next
      .filter(({ document }) => document !== null && isOf(document, wanted))
      .map(({ frame }) => frame);
    if (frames.length > 0 && !(await send(response, frames.join(''), signal))) return;
    const moved = through !== position;
    position = through;
    if (moved) continue;
    const before = performance.now();
    await events.changed(position, heartbeatMs, signal);
    if (performance.now() - before >= heartbeatMs && !(await send(response, ': still here\n\n', signal)))
      return;
  }
}

function isOf(document: { sourceId: string | null }, { sourceId }: StreamWanted): boolean {
  return sourceId === undefined || document.sourceId === sourceId;
}

/** False when the reader did not take it in time. Only one thing is in hand for each reader: nothing piles up for a slow one. */
async function send(response: Response, text: string, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted || response.write(text)) return !signal.aborted;
  return new Promise<boolean>((resolve) => {
    const done = (taken: boolean) => (): void => {
      clearTimeout(timer);
      response.off('drain', drained);
      signal.removeEventListener('abort', aborted);
      resolve(taken);
    };
    const [drained, aborted] = [done(true), done(false)];
    const timer = setTimeout(done(false), slowMs);
    response.once('drain', drained);
    signal.addEventListener('abort', aborted);
  });
}
