import { HttpProblem } from '../http/http-problem';

/** What is there only while no other issuer's tokens are configured. */
export function localOnly<Part>(part: Part | null): Part {
  if (part !== null) return part;
  throw new HttpProblem(
    'LOCAL_ACCOUNTS_OFF',
    'Accounts and sessions are kept by the token issuer that is configured: ask there.',
  );
}
