/** Everything that is wrong with rendered manifests, a line each. */
import type { Json } from './json';
import { networkProblems } from './network';
import { referenceProblems } from './references';
import { securityProblems } from './security';
import { serviceProblems } from './services';

export interface Checked {
  /** Secrets that whoever applies the manifests brings. */
  readonly givenSecrets: readonly string[];
  readonly knownVariables: readonly string[];
}

export function problemsIn(manifests: readonly Json[], checked: Checked): string[] {
  return [
    ...referenceProblems(manifests, checked.givenSecrets),
    ...securityProblems(manifests),
    ...networkProblems(manifests),
    ...serviceProblems(manifests, checked.knownVariables),
  ];
}
