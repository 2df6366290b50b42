import { HttpProblem } from '../http/http-problem';

const windowMs = 60_000;
/** Invalid tokens from one address in a window; a real client makes a handful. */
const mostPerWindow = 6_000;
const mostAddresses = 10_000;

interface Window {
  readonly from: number;
  readonly count: number;
}

/**
 * Bounds how many invalid tokens one address may have checked. Tokens cannot be guessed, so this protects the processor
 * and the log, and each process counts for itself. Valid tokens are never held up.
 */
export class FailedCredentials {
  private readonly windows = new Map<string, Window>();

  /** `at` in milliseconds. @throws HttpProblem ATTEMPTS_TOO_FAST once there were too many. */
  note(address: string, at: number): void {
    const known = this.windows.get(address);
    const window = known !== undefined && at - known.from < windowMs ? known : { from: at, count: 0 };
    this.windows.delete(address);
    this.windows.set(address, { from: window.from, count: window.count + 1 });
    const [oldest] = this.windows.keys();
    if (this.windows.size > mostAddresses && oldest !== undefined) this.windows.delete(oldest);
    if (window.count < mostPerWindow) return;
    const seconds = Math.max(1, Math.ceil((window.from + windowMs - at) / 1000));
    throw new HttpProblem('ATTEMPTS_TOO_FAST', `Too many invalid tokens: try again in ${seconds} s.`, {
      headers: { 'retry-after': String(seconds) },
    });
  }
}
