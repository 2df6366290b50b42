import type { Request } from 'express';

/** Who may read the metrics without a session: whoever reaches the port, or a peer on this machine. */
export type MetricsAccess = 'open' | 'loopback';

const loopback = /^(::ffff:)?127(\.\d{1,3}){3}$/i;
const ownNames = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i;
const forwarding = /^(forwarded|via|x-real-ip|x-forwarded(-.+)?)$/;

/**
 * True when the request comes from this machine itself: by the address of its socket, and without a sign that somebody
 * else's was passed on. The host that was asked for must be this machine too: a page that a browser here shows could
 * otherwise read the answer under a name of its own that leads here.
 */
export function isFromHere(
  request: Pick<Request, 'headers'> & { socket: { remoteAddress?: string | undefined } },
): boolean {
  const address = request.socket.remoteAddress ?? '';
  if (address !== '::1' && !loopback.test(address)) return false;
  if (Object.keys(request.headers).some((name) => forwarding.test(name))) return false;
  return ownNames.test(request.headers.host ?? '');
}
