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
      namespace: 'daymark',
      demo: true,
      adminPassword: undefined,
      secretNames: [],
      secretsDirectory: undefined,
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
      DAYMARK_NAMESPACE: 'Two',
      DAYMARK_DEMO: 'yes',
      DAYMARK_ADMIN_PASSWORD: 'hus',
      DAYMARK_SECRET_NAMES: 'A,,B',
      LOG_LEVEL: 'loud',
      DAYMARK_HOEM: '/x',
    });
    expect(problems).toHaveLength(9);
    expect(problems[0]).toBe('DAYMARK_HOEM is not a variable that Daymark knows');
    expect(problems.join()).not.toContain('hush');
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
