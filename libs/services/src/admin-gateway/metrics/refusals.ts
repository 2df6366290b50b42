import type { Metrics } from '@daymark/platform/metrics';

const failedSignIns = new Set(['CREDENTIALS_INVALID', 'ATTEMPTS_TOO_FAST']);

/** A request was answered with this problem. */
export function countRefusal(metrics: Metrics, code: string): void {
  metrics.httpRefusals.add({ code });
  if (failedSignIns.has(code)) metrics.httpSignInFailures.add({ reason: code.toLowerCase() });
}
