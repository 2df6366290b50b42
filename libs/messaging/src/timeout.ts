/** Beyond this a Node timer fires at once. */
const longestTimeoutMs = 2_147_483_647;

/** @throws RangeError for a time that no timer can wait. */
export function checkTimeout(timeoutMs: number): void {
  if (timeoutMs > 0 && timeoutMs <= longestTimeoutMs) return;
  throw new RangeError(`timeoutMs must lie between 1 and ${longestTimeoutMs}, not ${timeoutMs}`);
}
