import { ViewFault } from '../port';

/** Whoever pages through runs hands back the position of the last one seen, wrapped so that nobody builds on it. */
const mark = 'run ';

export function cursorOf(position: string): string {
  return Buffer.from(mark + position, 'utf8').toString('base64url');
}

/** @throws ViewFault CURSOR_INVALID for what no page of runs ever gave out. */
export function positionIn(cursor: string): string {
  const text = Buffer.from(cursor, 'base64url').toString('latin1');
  const position = text.slice(mark.length);
  if (!/^run [!-~]{1,100}$/.test(text) || cursorOf(position) !== cursor) {
    throw new ViewFault('CURSOR_INVALID', 'The cursor is not one that a page of runs gave out.');
  }
  return position;
}
