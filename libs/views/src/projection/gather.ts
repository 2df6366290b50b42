import type { Batch, EventLog, Position } from '@daymark/event-log';

/**
 * The log's batches from a position, made larger where more is there already: while the caller works on one, the next
 * is fetched. A live event is never held back for the sake of size.
 *
 * A transaction costs about the same for ten events as for a thousand, so this is what catching up is fast by.
 */
export async function* gather(
  log: EventLog,
  from: Position | 'start',
  options: { most: number; signal: AbortSignal },
): AsyncGenerator<Batch, void, undefined> {
  const leaving = new AbortController();
  const signal = AbortSignal.any([options.signal, leaving.signal]);
  const batches = log.subscribe(from, 'all', signal)[Symbol.asyncIterator]();
  const fetch = (): Promise<IteratorResult<Batch, unknown>> => {
    const fetched = batches.next();
    // It may fail while the caller is still at work on the batch before: that is told when it is asked for.
    fetched.catch(() => undefined);
    return fetched;
  };
  let next = fetch();
  try {
    let first = await next;
    while (first.done !== true) {
      let batch = first.value;
      next = fetch();
      let more = await ifThere(next, batch, options.most);
      while (more !== null) {
        batch = joined(batch, more);
        next = fetch();
        more = await ifThere(next, batch, options.most);
      }
      yield batch;
      first = await next;
    }
  } finally {
    // A subscription in the middle of waiting ends by its signal only.
    leaving.abort();
    await next.catch(() => undefined);
  }
}

/** The next batch, when it is there already and the one in hand is not large enough. */
async function ifThere(
  next: Promise<IteratorResult<Batch, unknown>>,
  inHand: Batch,
  most: number,
): Promise<Batch | null> {
  if (inHand.events.length >= most) return null;
  const found = await Promise.race([next, turnOfTheLoop()]);
  return found === null || found.done === true ? null : found.value;
}

async function turnOfTheLoop(): Promise<null> {
  return new Promise((resolve) => setImmediate(resolve, null));
}

function joined(batch: Batch, more: Batch): Batch {
  return { events: [...batch.events, ...more.events], position: more.position };
}
