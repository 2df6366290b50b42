import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Pool } from 'pg';
import { createTestDatabase, type TestDatabase } from '@daymark/platform/testing';
import { hashPassword, passwordMatches } from './passwords';
import { openGatewayStore } from '../gateway-store';

let database: TestDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = new Pool({ connectionString: database.url, max: 8 });
  pool.on('error', () => undefined);
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const open = async (schema: string) => (await openGatewayStore({ pool, schema })).accounts;

describe('accounts in PostgreSQL', () => {
  it('begin alike whoever starts first, with one key and one administrator', async () => {
    const many = await Promise.all([1, 2, 3, 4].map(() => open('first_operations')));
    const keys = await Promise.all(many.map((accounts) => accounts.signingKey()));
    expect(keys[0]).toHaveLength(32);
    expect(new Set(keys.map((key) => Buffer.from(key).toString('hex'))).size).toBe(1);
    const made = await Promise.all(many.map((accounts) => accounts.ensureAdministrator({ password: 'one' })));
    expect(made.filter(({ created }) => created)).toHaveLength(1);
    const [again] = await Promise.all([open('first_operations')]);
    expect(await again.authenticate('administrator', 'one')).toEqual({
      name: 'administrator',
      roles: ['administrator'],
    });
  });

  it('keep the password of an administrator who is there, and do not ask for another', async () => {
    const accounts = await open('kept_operations');
    let asked = 0;
    const generate = () => {
      asked += 1;
      return Promise.resolve('generated');
    };
    expect(await accounts.ensureAdministrator({ generate })).toEqual({ created: true });
    expect(await accounts.ensureAdministrator({ generate })).toEqual({ created: false });
    expect(await accounts.ensureAdministrator({ password: 'another' })).toEqual({ created: false });
    expect(asked).toBe(1);
    expect(await accounts.authenticate('administrator', 'another')).toBeNull();
    expect(await accounts.authenticate('administrator', 'generated')).not.toBeNull();
  });

  it('say no to wrong passwords and unknown names', async () => {
    const accounts = await open('kept_operations');
    for (const [name, password] of [
      ['administrator', ''],
      ['administrator', 'Generated'],
      ['Administrator', 'generated'],
      ['nobody', 'generated'],
      ["' or true --", 'generated'],
    ] as const) {
      expect(await accounts.authenticate(name, password)).toBeNull();
    }
  });

  it('keep no password, and no two hashes alike', async () => {
    await (await open('other_operations')).ensureAdministrator({ password: 'generated' });
    const { rows } = await pool.query<{ password: string }>(
      `SELECT password FROM kept_operations.accounts UNION ALL SELECT password FROM other_operations.accounts`,
    );
    const hashes = rows.map(({ password }) => password);
    expect(new Set(hashes).size).toBe(2);
    for (const hash of hashes) expect(hash).toMatch(/^scrypt\$15\$8\$3\$[\w-]{22}\$[\w-]{43}$/);
  });

  it('give each installation a key of its own', async () => {
    const [one, other] = await Promise.all([open('kept_operations'), open('other_operations')]);
    expect(await one.signingKey()).not.toEqual(await other.signingKey());
  });

  it('refuse a schema that cannot be named', async () => {
    await expect(open('x"; drop schema public; --')).rejects.toThrow(RangeError);
  });
});

describe('a password', () => {
  it('is compared under the cost that it was hashed with', async () => {
    const hash = await hashPassword('secret', { logN: 10, r: 4, p: 1 });
    expect(hash).toMatch(/^scrypt\$10\$4\$1\$/);
    expect(await passwordMatches('secret', hash)).toBe(true);
    expect(await passwordMatches('Secret', hash)).toBe(false);
  });

  it('is the same however its accents are typed', async () => {
    const hash = await hashPassword('caff\u00e8', { logN: 10, r: 4, p: 1 });
    expect(await passwordMatches('caffe\u0300', hash)).toBe(true);
  });

  it('matches nothing that is no hash', async () => {
    expect(await passwordMatches('', 'scrypt$1')).toBe(false);
  });

  it('costs an unknown account as much as a known one', async () => {
    const hash = await hashPassword('secret');
    const took = async (against: string | undefined) => {
      const started = process.hrtime.bigint();
      await passwordMatches('guess', against);
      return Number(process.hrtime.bigint() - started);
    };
    const known = Math.min(await took(hash), await took(hash), await took(hash));
    const unknown = Math.min(await took(undefined), await took(undefined), await took(undefined));
    expect(unknown).toBeGreaterThan(known / 5);
    expect(known).toBeGreaterThan(unknown / 5);
  });
});
