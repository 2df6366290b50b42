import type { Metrics } from '@daymark/platform/metrics';

/** A client begins to listen to the stream of live events; the answer is called when it leaves, once or more often. */
export function countStreamClient(metrics: Metrics): () => void {
  let here = true;
  metrics.httpEventStreamClients.move({}, 1);
  return () => {
    if (here) metrics.httpEventStreamClients.move({}, -1);
    here = false;
  };
}
