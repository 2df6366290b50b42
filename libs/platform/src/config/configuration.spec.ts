import { resolve } from 'node:path';
import { inspect } from 'node:util';

import { describe, expect, it } from '@jest/globals';

import { isFault } from '../faults/fault';
import { readConfiguration } from './configuration';
import { fields } from './fields';
import { schemasOf } from './namespace';
import { configurationReference } from './reference';
import { secret } from './secret';

function problemsOf(environment: Record<string, string>): string[] {
  try {
    readConfiguration(environment);
  } catch (error) {
    if (isFault(error, 'CONFIGURATION_INVALID')) return error.message.split('\n');
    throw error;
  }
  return [];
}

describe('readConfiguration', () => {
  it('needs nothing', () => {
    const configuration = readConfiguration({});
    expect(configuration).toEqual({
      port: 3000,
      host: '127.0.0.1',
      home: resolve('.daymark'),
      databaseUrl: undefined,
      natsUrl: undefined,
      namespace: 'daymark',
      demo: true,
      adminPassword: undefined,
      secretNames: [],
      jwtIssuer: undefined,
      jwtAudience: undefined,
      jwtJwksUrl: undefined,
      jwtRolesClaim: 'roles',
      corsOrigins: [],
      trustedProxies: [],
      docs: true,
      secretsDirectory: undefined,
      metrics: 'loopback',
      logLevel: 'info',
      schemas: schemasOf('daymark'),
    });
    expect(Object.isFrozen(configuration)).toBe(true);
  });

  it('takes what is given, and an empty variable as absent', () => {
    const configuration = readConfiguration({
      PORT: '0',
      HOST: '',
      DATABASE_URL: 'postgresql://me:hush@db/x',
      DAYMARK_NAMESPACE: 'two',
      DAYMARK_SECRET_NAMES: 'A, B_1',
      PATH: '/bin',
      DAYMARK_TEST_POSTGRES_URL: 'anything',
    });
    expect(configuration.port).toBe(0);
    expect(configuration.host).toBe('127.0.0.1');
    expect(configuration.databaseUrl?.reveal()).toBe('postgresql://me:hush@db/x');
    expect(configuration.secretNames).toEqual(['A', 'B_1']);
    expect(configuration.schemas.copy).toBe('two_copy');
  });

  it('sets the demo up by default only beside the embedded server', () => {
    const given = { DATABASE_URL: 'postgres://db/x' };
    expect(readConfiguration(given).demo).toBe(false);
    expect(readConfiguration({ ...given, DAYMARK_DEMO: 'on' }).demo).toBe(true);
    expect(readConfiguration({ DAYMARK_DEMO: 'off' }).demo).toBe(false);
  });

  it('reports every problem at once, unknown variables too, and no secret', () => {
    const problems = problemsOf({
      PORT: '70000',
      HOST: 'a b',
      DATABASE_URL: 'mysql://me:hushhush@db',
      NATS_URL: 'nats://ok:4222,http://me:hushhush@nats',
      DAYMARK_NAMESPACE: 'Two',
      DAYMARK_DEMO: 'yes',
      DAYMARK_ADMIN_PASSWORD: 'hus',
      DAYMARK_SECRET_NAMES: 'A,,B',
      DAYMARK_METRICS: 'closed',
      LOG_LEVEL: 'loud',
      DAYMARK_HOEM: '/x',
    });
    expect(problems).toHaveLength(11);
    expect(problems[0]).toBe('DAYMARK_HOEM is not a variable that Daymark knows');
    expect(problems.join()).not.toContain('hush');
  });

  it('names what a shell cannot do without, together with what is wrong', () => {
    const needs = [['DATABASE_URL'], ['NATS_URL'], ['DAYMARK_ADMIN_PASSWORD', 'DAYMARK_JWT_ISSUER']];
    const refused = (environment: Record<string, string>): string[] => {
      try {
        readConfiguration(environment, needs);
      } catch (fault) {
        return (fault as Error).message.split('\n');
      }
      return [];
    };
    expect(refused({ PORT: 'x', NATS_URL: '' })).toEqual([
      'DATABASE_URL is missing: this service cannot do without',
      'NATS_URL is missing: this service cannot do without',
      'DAYMARK_ADMIN_PASSWORD or DAYMARK_JWT_ISSUER is missing: this service cannot do without',
      expect.stringContaining('PORT cannot be used'),
    ]);
    const given = { DATABASE_URL: 'postgres://db/x', NATS_URL: 'nats://n:4222, tls://user:pass@m' };
    expect(refused({ ...given, DAYMARK_ADMIN_PASSWORD: 'hush' })).toEqual([]);
    expect(readConfiguration(given).natsUrl?.reveal()).toBe(given.NATS_URL);
  });

  it('takes issuer, audience and JWKS address together or not at all', () => {
    const issuer = {
      DAYMARK_JWT_ISSUER: 'https://id.example',
      DAYMARK_JWT_AUDIENCE: 'daymark',
      DAYMARK_JWT_JWKS_URL: 'https://id.example/keys',
    };
    expect(readConfiguration(issuer)).toMatchObject({
      jwtIssuer: 'https://id.example',
      jwtRolesClaim: 'roles',
    });
    for (const variable of Object.keys(issuer)) {
      expect(problemsOf({ ...issuer, [variable]: '' })).toEqual([
        expect.stringContaining(`${variable} is missing`),
      ]);
    }
  });

  it.each([
    [
      'DAYMARK_JWT_JWKS_URL',
      ['http://id.example/keys', 'ftp://localhost/keys', 'keys', 'http://127.0.0.1.example/'],
    ],
    ['DAYMARK_JWT_ROLES_CLAIM', ['.', 'a..b', 'a. b', '.a']],
    ['DAYMARK_CORS_ORIGINS', ['*', 'example.org', 'https://example.org/', 'https://a.example,']],
    ['DAYMARK_TRUSTED_PROXIES', ['everybody', '10.0.0.0/33', '::1/129', '10.0.0/8', '1.2.3.4/', 'true']],
    ['DAYMARK_DOCS', ['yes']],
  ])('refuses what %s cannot be', (variable, texts) => {
    for (const text of texts) {
      expect(problemsOf({ [variable]: text })[0]).toContain(`${variable} cannot be used`);
    }
  });

  it('reads lists', () => {
    expect(
      readConfiguration({
        DAYMARK_CORS_ORIGINS: 'https://a.example, http://localhost:5173',
        DAYMARK_TRUSTED_PROXIES: 'loopback, 10.0.0.0/8, fd00::/8, 192.0.2.1',
      }),
    ).toMatchObject({
      corsOrigins: ['https://a.example', 'http://localhost:5173'],
      trustedProxies: ['loopback', '10.0.0.0/8', 'fd00::/8', '192.0.2.1'],
    });
  });

  it.each(['1e3', '-1', '3000.5', ' 80', '0x50'])('does not take %p for a port', (PORT) => {
    expect(problemsOf({ PORT })).toHaveLength(1);
  });
});

describe('secret', () => {
  it('shows itself to nobody who does not ask', () => {
    const hidden = secret('hush');
    const shown = [String(hidden), JSON.stringify({ hidden }), inspect({ hidden })];
    for (const text of shown) {
      expect(text).toContain('[secret]');
      expect(text).not.toContain('hush');
    }
    expect(hidden.reveal()).toBe('hush');
  });
});

describe('schemasOf', () => {
  it('prefixes all of them but in the default namespace', () => {
    expect(schemasOf('daymark')).toEqual({
      log: 'daymark_log',
      views: 'daymark_views',
      operations: 'daymark_operations',
      elements: 'elements',
      copy: 'copy',
    });
    expect(schemasOf('two')).toEqual({
      log: 'two_log',
      views: 'two_views',
      operations: 'two_operations',
      elements: 'two_elements',
      copy: 'two_copy',
    });
  });
});

describe('configurationReference', () => {
  it('has a section for every variable', () => {
    const page = configurationReference();
    for (const { variable } of Object.values(fields)) expect(page).toContain(`## \`${variable}\``);
  });
});
