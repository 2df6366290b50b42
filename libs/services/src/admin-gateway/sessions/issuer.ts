/** Whose tokens are taken instead of those of local accounts. */
export interface Issuer {
  /** As in the claim `iss`. */
  readonly issuer: string;
  /** One that the claim `aud` must hold. */
  readonly audience: string;
  /** Where the issuer publishes its keys: https, or http on loopback. */
  readonly jwksUrl: string;
  /** Where in the token the list of roles stands: names with dots between them. */
  readonly rolesClaim: string;
}
