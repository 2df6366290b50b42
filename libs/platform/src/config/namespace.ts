/** The database schemas of one installation. */
export interface Schemas {
  readonly log: string;
  readonly views: string;
  readonly operations: string;
  readonly elements: string;
  readonly copy: string;
}

/** The namespace of an installation that does not share its servers. */
export const DEFAULT_NAMESPACE = 'daymark';

/** What a namespace may be called: any schema made from it stays within PostgreSQL's 63 bytes. */
export const namespacePattern = /^[a-z][a-z0-9_]{0,30}$/;

/**
 * The schemas of a namespace. The two that people meet carry no prefix in the default namespace; every other name has
 * one, so that two installations in one database never meet.
 */
export function schemasOf(namespace: string): Schemas {
  const met = namespace === DEFAULT_NAMESPACE ? '' : `${namespace}_`;
  return {
    log: `${namespace}_log`,
    views: `${namespace}_views`,
    operations: `${namespace}_operations`,
    elements: `${met}elements`,
    copy: `${met}copy`,
  };
}
