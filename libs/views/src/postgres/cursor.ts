import { ViewFault } from '../port';

/** The lists that are paged through. */
export type PagedList = 'run' | 'source';

/**
 * Whoever pages through a list hands back where the last item seen stands in it, wrapped with the list's name so that
 * nobody builds on it.
 */
export function cursorOf(list: PagedList, place: string): string {
  return Buffer.from(`${list} ${place}`, 'utf8').toString('base64url');
}

/** @throws ViewFault CURSOR_INVALID for what no page of this list ever gave out. */
export function placeIn(list: PagedList, cursor: string): string {
  const text = Buffer.from(cursor, 'base64url').toString('latin1');
  const place = text.slice(list.length + 1);
  if (!text.startsWith(`${list} `) || !/^[!-~]{1,100}$/.test(place) || cursorOf(list, place) !== cursor) {
    throw new ViewFault('CURSOR_INVALID', `The cursor is not one that a page of ${list}s gave out.`);
  }
  return place;
}
