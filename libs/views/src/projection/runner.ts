/**
 * The runner folds the log into the generation that is read, for as long as the process lives; and, when another one
 * is due, builds that beside it and switches over. Several may run on the same views, in any number of processes: each
 * batch is folded once, by whichever runner swaps the checkpoint first; the others read again from there.
 */
import { EventLogFault } from '@daymark/event-log';
import { nextStep } from '../generations/next-step';
import { prepareGenerations } from '../generations/prepare';
import {
  checkpointOf,
  sameSituation,
  situationOf,
  type Generation,
  type Situation,
} from '../generations/situation';
import { build } from './build';
import type { UnknownEvent } from './fold-batch';
import { foldFrom, type FoldSite } from './fold-from';
import { pause, Progress } from './progress';

export interface RunnerOptions {
  readonly onFault?: (fault: unknown) => void;
  readonly onUnknownEvent?: (event: UnknownEvent) => void;
  readonly jitter?: () => number;
  readonly inspectEveryMs?: number;
}

const eventsPerTransaction = 1_000;
const shortestBackoff = 50;
const longestBackoff = 10_000;
const inspectionInterval = 2_000;

export class Runner {
  readonly progress = new Progress();
  unknownEvents = 0;
  private readonly stopping = new AbortController();
  private failures = 0;
  private readonly inspectEvery: number;

  constructor(
    private readonly site: FoldSite,
    private readonly options: RunnerOptions,
    private readonly version: number,
  ) {
    this.inspectEvery = options.inspectEveryMs ?? inspectionInterval;
  }

  /** Before the first run: from here on there is something to read, if the log is empty or was folded before. */
  async prepare(): Promise<void> {
    const { log, pool, names } = this.site;
    const { building } = await prepareGenerations(pool, names, { version: this.version, starting: true });
    if (building?.version !== this.version) return;
    // A log that does not answer is waited out later, by the run.
    const head = await log.head().catch(() => undefined);
    if (head !== null) return;
    const signal = AbortSignal.abort();
    await build(this.site, expectedOf(building), { ...this.buildOptions, signal });
  }

  stop(): void {
    this.stopping.abort();
  }

  async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        await this.work();
      } catch (fault) {
        if (fault instanceof EventLogFault && fault.code === 'LOG_CLOSED') return;
        await this.waitOut(fault);
      }
    }
  }

  /** Does what there is to do as things stand now, until they stand otherwise or something breaks. */
  private async work(): Promise<void> {
    const { pool, names } = this.site;
    const situation = await prepareGenerations(pool, names, { version: this.version, starting: false });
    const { current, building } = situation;
    this.progress.moveTo(current?.whole === true ? current.position : null);
    const ending = new AbortController();
    const signal = AbortSignal.any([this.stopping.signal, ending.signal]);
    const works = [this.inspect(situation, signal)];
    if (current !== null && this.isMine(current)) works.push(this.follow(current, signal));
    if (building !== null && this.isMine(building)) works.push(this.build(building, signal));
    try {
      await Promise.race(works);
    } finally {
      ending.abort();
      await Promise.allSettled(works);
    }
  }

  private isMine({ whole, version }: Generation): boolean {
    return whole && version === this.version;
  }

  /** Ends when the generation is gone, or the signal aborts. */
  private async follow(generation: Generation, signal: AbortSignal): Promise<void> {
    const { pool, names } = this.site;
    let expected = expectedOf(generation);
    for (;;) {
      const outcome = await foldFrom(this.site, expected, {
        most: eventsPerTransaction,
        signal,
        onFolded: (position, unknown) => {
          this.failures = 0;
          this.report(unknown);
          this.progress.moveTo(position);
          return 'on';
        },
      });
      if (outcome === 'ended') {
        this.endWithLog(signal);
        return;
      }
      const found = await checkpointOf(pool, names, generation.number);
      if (found === null) return;
      this.progress.moveTo(found.position);
      expected = { generation: generation.number, position: found.position };
    }
  }

  private async build(generation: Generation, signal: AbortSignal): Promise<void> {
    const outcome = await build(this.site, expectedOf(generation), { ...this.buildOptions, signal });
    if (outcome === 'ended') this.endWithLog(signal);
  }

  private get buildOptions() {
    return {
      standBackMilliseconds: this.inspectEvery,
      onFolded: (unknown: readonly UnknownEvent[]) => {
        this.failures = 0;
        this.report(unknown);
      },
    };
  }

  /** Only a log that was closed ends a subscription that nobody aborted. */
  private endWithLog(signal: AbortSignal): void {
    if (!signal.aborted) this.stop();
  }

  /** The views may be thrown away or asked for anew at any time, also while nothing happens in the log. */
  private async inspect(situation: Situation, signal: AbortSignal): Promise<void> {
    const { pool, names } = this.site;
    for (;;) {
      await pause(this.inspectEvery, signal);
      if (signal.aborted) return;
      const before = this.progress.position;
      const found = await situationOf(pool, names).catch(() => null);
      if (found === null || !sameSituation(found, situation)) return;
      if (nextStep(found, { version: this.version, starting: false }) !== 'none') return;
      if (found.current !== null && this.isElsewhere(found.current, before)) return;
    }
  }

  /** Whether the checkpoint is not where this runner left it, though it did not move it itself meanwhile. */
  private isElsewhere(current: Generation, before: string | null): boolean {
    if (this.isMine(current)) return this.progress.position === before && current.position !== before;
    // Of newer or older folds: others fold it, and this process only knows what it sees here.
    if (current.whole) this.progress.moveTo(current.position);
    return false;
  }

  private report(unknown: readonly UnknownEvent[]): void {
    this.unknownEvents += unknown.length;
    for (const event of unknown) this.options.onUnknownEvent?.(event);
  }

  private async waitOut(fault: unknown): Promise<void> {
    this.options.onFault?.(fault);
    const backoff = Math.min(longestBackoff, shortestBackoff * 2 ** Math.min(this.failures, 10));
    this.failures += 1;
    await pause(backoff * (1 - (this.options.jitter?.() ?? 0) / 2), this.stopping.signal);
  }
}

function expectedOf({ number, position }: Generation): { generation: string; position: string | null } {
  return { generation: number, position };
}
