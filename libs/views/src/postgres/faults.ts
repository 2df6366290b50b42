/** What a statement names is not there: schema, table, column. SQLSTATE, not words. */
export function missing(fault: unknown): boolean {
  return isGone(fault) || codeOf(fault) === '42703';
}

/** A schema or a table is not there: it may have been dropped this moment. */
export function isGone(fault: unknown): boolean {
  return ['3F000', '42P01'].includes(codeOf(fault));
}

/** A table is there, and is none of ours: classes of wrong names, wrong types, wrong values. */
export function isForeign(fault: unknown): boolean {
  return !isGone(fault) && /^(42|22)/.test(codeOf(fault));
}

/** Something in this transaction failed before. */
export function isAborted(fault: unknown): boolean {
  return codeOf(fault) === '25P02';
}

function codeOf(fault: unknown): string {
  return fault instanceof Error && 'code' in fault && typeof fault.code === 'string' ? fault.code : '';
}
