/** One piece of work at a time per name. Who asks during one shares the next, which begins after they asked. */
export interface Turns<Result> {
  /** Where somebody has asked for the next one already, that one's work is the answer. */
  request(name: string, work: () => Promise<Result>): Promise<Result>;
  isBusy(name: string): boolean;
  /** When everything that was asked for so far is over, well or not. */
  settled(): Promise<void>;
}

interface Turn<Result> {
  readonly current: Promise<Result>;
  next: Promise<Result> | undefined;
}

export function createTurns<Result>(): Turns<Result> {
  const turns = new Map<string, Turn<Result>>();

  function begin(name: string, work: () => Promise<Result>): Promise<Result> {
    // It never waits for the next one, which waits for it.
    const current = work().finally(() => {
      if (turns.get(name)?.next === undefined) turns.delete(name);
    });
    turns.set(name, { current, next: undefined });
    return current;
  }

  return {
    request: (name, work) => {
      const turn = turns.get(name);
      if (turn === undefined) return begin(name, work);
      turn.next ??= turn.current.then(
        () => begin(name, work),
        () => begin(name, work),
      );
      return turn.next;
    },
    isBusy: (name) => turns.has(name),
    settled: async () => {
      await Promise.allSettled([...turns.values()].map((turn) => turn.next ?? turn.current));
    },
  };
}
