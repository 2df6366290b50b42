import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';

/**
 * The same items once the first is there: what goes wrong before it goes wrong here, while there is still an answer that
 * can say so.
 */
export async function begun<Item>(items: AsyncGenerator<Item>): Promise<AsyncGenerator<Item>> {
  return from(await items.next(), items);
}

async function* from<Item>(
  first: IteratorResult<Item>,
  rest: AsyncGenerator<Item>,
): AsyncGenerator<Item, void> {
  if (first.done === true) return;
  yield first.value;
  yield* rest;
}

/**
 * Sends one piece of text after the other, and asks for the next only when the client has room for it. Ends with the
 * client that leaves. What goes wrong on the way breaks the answer off: a client never takes a part for the whole.
 */
export async function sendPieces(response: Response, pieces: AsyncIterable<string>): Promise<void> {
  try {
    await pipeline(Readable.from(pieces), response);
  } catch (error) {
    if (!isPrematureClose(error)) throw error;
  }
}

function isPrematureClose(error: unknown): boolean {
  return (
    typeof error === 'object' &&
    error !== null &&
    'code' in error &&
    error.code === 'ERR_STREAM_PREMATURE_CLOSE'
  );
}
