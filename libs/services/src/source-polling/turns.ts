/** One piece of work at a time per name. Who asks during one shares the next, which begins after they asked. */
export interface Turns<Result> {
  request(name: string): Promise<Result>;
  isBusy(name: string): boolean;
  /** When everything that was asked for so far is over, well or not. */
  settled(): Promise<void>;
}

interface Turn<Result> {
  readonly current: Promise<Result>;
  next: Promise<Result> | undefined;
}

export function createTurns<Result>(work: (name: string) => Promise<Result>): Turns<Result> {
  const turns = new Map<string, Turn<Result>>();

  function begin(name: string): Promise<Result> {
    // It never waits for the next one, which waits for it.
    const current = work(name).finally(() => {
      if (turns.get(name)?.next === undefined) turns.delete(name);
    });
    turns.set(name, { current, next: undefined });
    return current;
  }

  return {
    request: (name) => {
      const turn = turns.get(name);
      if (turn === undefined) return begin(name);
      turn.next ??= turn.current.then(
        () => begin(name),
        () => begin(name),
      );
      return turn.next;
    },
    isBusy: (name) => turns.has(name),
    settled: async () => {
      await Promise.allSettled([...turns.values()].map((turn) => turn.next ?? turn.current));
    },
  };
}
