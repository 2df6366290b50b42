import { checkpointOf } from '../generations/situation';
import { finishTables, isBefore, switchTo } from '../generations/switch';
import type { Expected, UnknownEvent } from './fold-batch';
import { foldFrom, type FoldSite } from './fold-from';
import { pause } from './progress';

export interface BuildOptions {
  readonly signal: AbortSignal;
  /** How long to keep out of the way of another process that is at it. */
  readonly standBackMilliseconds: number;
  readonly onFolded: (unknown: readonly UnknownEvent[]) => void;
}

/** Larger than when following live: a row that many events touch is written once for all of them. */
const eventsPerTransaction = 4_000;

/**
 * Folds a generation from where it is until it has caught up with the log and is read in the place of the old one
 * (`switched`). `gone`: somebody else finished it or threw it away. `ended`: the signal aborted, or the log was closed.
 *
 * Of several processes one builds: whoever loses a batch to another stands back for as long as the other gets on.
 */
export async function build(
  site: FoldSite,
  start: Expected,
  options: BuildOptions,
): Promise<'switched' | 'gone' | 'ended'> {
  const goal = new Goal(site, start.generation);
  let position = start.position;
  for (;;) {
    if (await goal.reachedAt(position)) return 'switched';
    const outcome = await foldFrom(
      site,
      { generation: start.generation, position },
      {
        most: eventsPerTransaction,
        signal: options.signal,
        onFolded: async (folded, unknown) => {
          options.onFolded(unknown);
          return (await goal.reachedAt(folded)) ? 'stop' : 'on';
        },
      },
    );
    if (outcome === 'stopped') return 'switched';
    if (outcome === 'ended') return 'ended';
    const found = await standBack(site, start.generation, options);
    if (found === null) return options.signal.aborted ? 'ended' : 'gone';
    position = found.position;
  }
}

/** What a generation has to catch up with before it is switched to. */
class Goal {
  private head: string | null | undefined;

  constructor(
    private readonly site: FoldSite,
    private readonly generation: string,
  ) {}

  /** Answers whether the generation is read now. */
  async reachedAt(position: string | null): Promise<boolean> {
    if (this.head !== undefined && isBefore(position, this.head)) return false;
    this.head = await this.site.log.head();
    if (isBefore(position, this.head)) return false;
    const { pool, names } = this.site;
    await finishTables(pool, names, this.generation);
    return (await switchTo(pool, names, { number: this.generation, position })) === 'switched';
  }
}

/** Waits while somebody else gets on with the generation; answers where it then is, null when it is gone. */
async function standBack(
  { pool, names }: FoldSite,
  generation: string,
  { signal, standBackMilliseconds }: BuildOptions,
): Promise<{ readonly position: string | null } | null> {
  let found = await checkpointOf(pool, names, generation);
  while (found !== null) {
    const before = found.position;
    await pause(standBackMilliseconds, signal);
    if (signal.aborted) return null;
    found = await checkpointOf(pool, names, generation);
    if (found !== null && found.position === before) return found;
  }
  return null;
}
