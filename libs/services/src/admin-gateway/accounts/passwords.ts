import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

/** How a password is hashed; kept with each hash, so that later ones may cost more. */
export interface HashCost {
  /** log2 of scrypt's N. */
  readonly logN: number;
  readonly r: number;
  readonly p: number;
}

/** 32 MiB and some 0.2 s a try. */
const todaysCost: HashCost = { logN: 15, r: 8, p: 3 };
const saltBytes = 16;
const keyBytes = 32;
const form = /^scrypt\$(\d+)\$(\d+)\$(\d+)\$([A-Za-z0-9_-]+)\$([A-Za-z0-9_-]+)$/;

/** `scrypt$logN$r$p$salt$key`, salt and key in base64url. */
export async function hashPassword(password: string, cost: HashCost = todaysCost): Promise<string> {
  const salt = randomBytes(saltBytes);
  const key = await derive(password, salt, cost);
  return ['scrypt', cost.logN, cost.r, cost.p, salt.toString('base64url'), key.toString('base64url')].join(
    '$',
  );
}

/** Compares in constant time. Without a hash it works as long and answers false. */
export async function passwordMatches(password: string, hash: string | undefined): Promise<boolean> {
  const parts = form.exec(hash ?? '');
  if (parts === null) {
    await derive(password, Buffer.alloc(saltBytes), todaysCost);
    return false;
  }
  const [, logN, r, p, salt = '', key = ''] = parts;
  const cost = { logN: Number(logN), r: Number(r), p: Number(p) };
  const kept = Buffer.from(key, 'base64url');
  const given = await derive(password, Buffer.from(salt, 'base64url'), cost);
  return kept.length === given.length && timingSafeEqual(kept, given);
}

/** As costly to undo as a password's hash; the same for the same text and salt (16 bytes). In base64url. */
export async function slowHash(text: string, salt: Buffer): Promise<string> {
  return (await derive(text, salt, todaysCost)).toString('base64url');
}

function derive(password: string, salt: Buffer, cost: HashCost): Promise<Buffer> {
  const N = 2 ** cost.logN;
  const options = { N, r: cost.r, p: cost.p, maxmem: 256 * N * cost.r };
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFC'), salt, keyBytes, options, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}
