/**
 * Works on a few items at once, begun in order. When one answers false or fails no other is begun, those in hand are
 * waited for, and then that is the answer: false, or the first fault.
 */
export async function inLanes<Item>(
  items: readonly Item[],
  lanes: number,
  work: (item: Item) => Promise<boolean>,
): Promise<boolean> {
  const waiting = items.values();
  let goOn = true;
  const lane = async (): Promise<void> => {
    while (goOn) {
      const { value: item, done } = waiting.next();
      if (done === true) return;
      goOn =
        (await work(item).catch((fault: unknown) => {
          goOn = false;
          throw fault;
        })) && goOn;
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: lanes }, lane));
  const failed = ended.find((end) => end.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return goOn;
}
