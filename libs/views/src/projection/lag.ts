import type { Position } from '@daymark/event-log';
import { situationOf } from '../generations/situation';
import { isBefore } from '../generations/switch';
import type { FoldSite } from './fold-from';

export interface Lag {
  /** Through which event what is read is folded; null before the first, and while nothing can be read. */
  readonly position: string | null;
  /** Of the log's last event; null while it is empty. */
  readonly head: string | null;
  /** Age of the first event that is not folded, by the log's clock against the one given; 0 when there is none. */
  readonly seconds: number;
  /** For how long the position has been the same, and behind the head, as far as this process saw it. */
  readonly stillSeconds: number;
}

const oldest = 10;
const longestStill = 60;

/** The rule of readiness: not more than 10 s behind, and not at a standstill for 60 s while the log goes on. */
export function keepsUp({ seconds, stillSeconds }: Lag): boolean {
  return seconds <= oldest && stillSeconds < longestStill;
}

/** Watches a projection through the questions about it: it only knows of a standstill what it was asked for. */
export class LagWatch {
  private still: { readonly position: string | null; readonly since: number } | null = null;

  constructor(private readonly site: FoldSite) {}

  async look(now: string): Promise<Lag> {
    const { log, pool, names } = this.site;
    const { current } = await situationOf(pool, names);
    const position = current?.whole === true ? current.position : null;
    // After the position: a head that is asked for first could be behind it.
    const head = await log.head();
    const behind = isBefore(position, head);
    const first = behind
      ? (await log.page((position ?? 'start') as Position | 'start', 'all', 1))[0]
      : undefined;
    const seconds =
      first === undefined ? 0 : Math.max(0, (Date.parse(now) - Date.parse(first.recordedAt)) / 1000);
    return { position, head, seconds, stillSeconds: this.stillFor(position, behind) };
  }

  private stillFor(position: string | null, behind: boolean): number {
    const at = performance.now();
    if (!behind) this.still = null;
    else if (this.still?.position !== position) this.still = { position, since: at };
    return this.still === null ? 0 : (at - this.still.since) / 1000;
  }
}
