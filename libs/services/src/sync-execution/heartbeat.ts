import { LEASE_RENEW_MS, type Elements, type Lease, type Progress } from '@daymark/elements';

export interface Heartbeat {
  /** Aborts when the lease is somebody else's, or could not be renewed before it ran out. */
  readonly signal: AbortSignal;
  readonly progress: () => Progress;
  show(progress: Partial<Progress>): void;
  stop(): Promise<void>;
}

const atRest: Progress = {
  daysDone: 0,
  daysTotal: null,
  elementsRead: 0,
  period: null,
  days: [],
  problem: null,
};

/** After so many heartbeats in a row without an answer the lease may have run out. */
const MISSED_AT_MOST = 2;

/** Keeps a lease alive on a connection that no COPY occupies, and shows on it how far the run has got. */
export function startHeartbeat(
  elements: Elements,
  lease: Lease,
  pause: (ms: number, signal: AbortSignal) => Promise<void>,
): Heartbeat {
  const lost = new AbortController();
  const stopped = new AbortController();
  let progress = atRest;
  let nudge = new AbortController();
  let missed = 0;

  async function beat(): Promise<void> {
    while (!stopped.signal.aborted && !lost.signal.aborted) {
      nudge = new AbortController();
      await renew();
      await pause(LEASE_RENEW_MS, nudge.signal);
      await pause(100, stopped.signal);
    }
  }

  async function renew(): Promise<void> {
    try {
      if (!(await elements.renew(lease, progress))) lost.abort();
      missed = 0;
    } catch {
      missed += 1;
      if (missed >= MISSED_AT_MOST) lost.abort();
    }
  }

  const beating = beat();
  return {
    signal: lost.signal,
    progress: () => progress,
    show: (news) => {
      progress = { ...progress, ...news };
      nudge.abort();
    },
    stop: async () => {
      stopped.abort();
      nudge.abort();
      await beating;
    },
  };
}
