import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, type JWTPayload, type KeyLike } from 'jose';
import type { Issuer } from '../sessions/issuer';

/** An issuer of tokens on loopback: it publishes its keys as real ones do. */
export interface LocalIssuer {
  readonly settings: Issuer;
  readonly privateKey: KeyLike;
  /** Of the public key, as a PEM text. */
  readonly publicPem: string;
  /** How often its keys were fetched. */
  readonly fetched: () => number;
  /** What it answers instead of its keys from now on; null: its keys again. */
  answer(instead: { status: number; body: string } | null): void;
  /** Other keys from now on. */
  rotate(): Promise<void>;
  sign(claims: JWTPayload, header?: { alg?: string; kid?: string }): Promise<string>;
  stop(): Promise<void>;
}

export async function startLocalIssuer(): Promise<LocalIssuer> {
  let generation = 1;
  let keys = await generateKeyPair('RS256');
  let instead: { status: number; body: string } | null = null;
  let fetches = 0;
  const server = createServer((_request, response) => {
    fetches += 1;
    void exportJWK(keys.publicKey).then((jwk) => {
      const own = {
        status: 200,
        body: JSON.stringify({ keys: [{ ...jwk, kid: `k${generation}`, use: 'sig' }] }),
      };
      const { status, body } = instead ?? own;
      response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    settings: {
      issuer: 'https://id.example',
      audience: 'daymark',
      jwksUrl: `http://127.0.0.1:${port}/keys`,
      rolesClaim: 'realm_access.roles',
    },
    privateKey: keys.privateKey,
    publicPem: await exportSPKI(keys.publicKey),
    fetched: () => fetches,
    answer: (other) => {
      instead = other;
    },
    rotate: async () => {
      keys = await generateKeyPair('RS256');
      generation += 1;
    },
    sign: (claims, { alg = 'RS256', kid = `k${generation}` } = {}) =>
      new SignJWT(claims).setProtectedHeader({ alg, kid }).sign(keys.privateKey),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
