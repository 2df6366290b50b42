import type { Msg, MsgHdrs } from 'nats';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text in these bytes. Bytes that are no UTF-8 become a text that is no JSON, never a similar one. */
export function textOf(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return '\uFFFD';
  }
}

/** The driver throws at headers that are none: such a message counts as one without. */
export function headersOf(message: Msg): MsgHdrs | undefined {
  try {
    return message.headers;
  } catch {
    return undefined;
  }
}
