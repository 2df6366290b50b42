/** What a service needs of a logger; a pino logger is one. */
export interface Lines {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** The same logger, with these fields in every line; a line's own field of the same name wins. */
export function withFields(lines: Lines, fields: object): Lines {
  return {
    info: (own, message) => lines.info({ ...fields, ...own }, message),
    warn: (own, message) => lines.warn({ ...fields, ...own }, message),
    error: (own, message) => lines.error({ ...fields, ...own }, message),
  };
}
