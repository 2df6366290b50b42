import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { resolveSecret, type SecretRules } from './resolve-secret';

describe('resolveSecret', () => {
  let folder: string;
  let rules: SecretRules;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'daymark-secrets-'));
    const directory = join(folder, 'inside');
    mkdirSync(join(directory, '..data'), { recursive: true });
    mkdirSync(join(folder, 'inside-not'));
    writeFileSync(join(directory, '..data/password'), 'hush\n');
    writeFileSync(join(directory, 'empty'), '\n');
    writeFileSync(join(folder, 'outside'), 'other');
    writeFileSync(join(folder, 'inside-not/password'), 'other');
    symlinkSync('..data/password', join(directory, 'password'));
    symlinkSync('../outside', join(directory, 'escape'));
    symlinkSync('..', join(directory, 'up'));
    rules = {
      names: ['ORDERS', 'EMPTY', 'ABSENT'],
      directory,
      env: { ORDERS: 'hush', EMPTY: '', HOME: '/root' },
    };
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(['env:ORDERS', 'file:password', 'file:..data/password', 'file:./password'])(
    'resolves %s',
    async (reference) => {
      expect((await resolveSecret(reference, rules)).reveal()).toBe('hush');
    },
  );

  it('resolves an absolute path inside the folder', async () => {
    const reference = `file:${join(folder, 'inside/password')}`;
    expect((await resolveSecret(reference, rules)).reveal()).toBe('hush');
  });

  it.each(['', 'hunter22', 'env:', 'file:', 'ENV:ORDERS', 'http://x', 'env'])(
    'takes %p for no reference, and does not repeat it',
    async (reference) => {
      const refused = resolveSecret(reference, rules);
      await expect(refused).rejects.toMatchObject({ code: 'SECRET_REFERENCE_INVALID' });
      await expect(refused).rejects.not.toThrow(/hunter22/);
    },
  );

  it.each([
    'env:HOME',
    'env:orders',
    'file:../outside',
    'file:/etc/passwd',
    'file:escape',
    'file:up/outside',
    'file:.',
  ])('does not allow %s', async (reference) => {
    await expect(resolveSecret(reference, rules)).rejects.toMatchObject({ code: 'SECRET_NOT_ALLOWED' });
  });

  it('does not take a folder whose name begins alike for the folder', async () => {
    const refused = resolveSecret(`file:${join(folder, 'inside-not/password')}`, rules);
    await expect(refused).rejects.toMatchObject({ code: 'SECRET_NOT_ALLOWED' });
  });

  it('allows no file without a folder', async () => {
    const refused = resolveSecret('file:password', { ...rules, directory: undefined });
    await expect(refused).rejects.toMatchObject({ code: 'SECRET_NOT_ALLOWED' });
  });

  it.each(['env:EMPTY', 'env:ABSENT', 'file:absent', 'file:empty', 'file:..data'])(
    'finds nothing at %s',
    async (reference) => {
      await expect(resolveSecret(reference, rules)).rejects.toMatchObject({ code: 'SECRET_NOT_FOUND' });
    },
  );
});
