import type { CleanerSettings, PostgresConnectorSettings, SourceSettings } from '@daymark/domain/source';
import { HttpProblem } from '../http/http-problem';
import type { SourceBody } from './source-body';

/** The settings that a checked body stands for, defaults filled in, always in the same order. */
export function settingsOf(body: SourceBody): SourceSettings {
  refuseSecrets(body.connector.url);
  return {
    name: body.name,
    timeZone: body.timeZone,
    pollingIntervalMinutes: body.pollingIntervalMinutes ?? 5,
    lateData: body.lateData ?? 'hold',
    settleDelayMinutes: body.settleDelayMinutes ?? 120,
    connector: connectorOf(body.connector),
    cleaner: cleanerOf(body.cleaner),
  };
}

function connectorOf(body: SourceBody['connector']): PostgresConnectorSettings {
  const { password, day } = body;
  return {
    type: 'postgres',
    url: body.url,
    ...(typeof password === 'string' ? { password } : {}),
    table: body.table,
    key: body.key,
    day: { column: day.column, ...(typeof day.timeZone === 'string' ? { timeZone: day.timeZone } : {}) },
  };
}

function cleanerOf(body: SourceBody['cleaner']): CleanerSettings | null {
  if (body === null || body === undefined) return null;
  return {
    retentionDays: body.retentionDays,
    runsAt: body.runsAt,
    ...(typeof body.timeZone === 'string' ? { timeZone: body.timeZone } : {}),
    guardMinutes: body.guardMinutes ?? 60,
  };
}

/** Refused here, before the URL travels: no secret is ever in a message. */
function refuseSecrets(url: string): void {
  if (!holdsPassword(url)) return;
  const message = 'holds a password: put a reference such as env:NAME into connector.password';
  throw new HttpProblem('SOURCE_URL_HAS_PASSWORD', `connector.url ${message}.`, {
    errors: [{ path: 'connector.url', message }],
  });
}

function holdsPassword(url: string): boolean {
  const authority = /^[^:/?#]*:\/\/([^/?#]*)/.exec(url)?.[1] ?? '';
  if (authority.slice(0, Math.max(0, authority.lastIndexOf('@'))).includes(':')) return true;
  if (/[?&][^=&]*password[^=&]*=/i.test(url)) return true;
  return URL.canParse(url) && secretsOf(new URL(url));
}

function secretsOf(url: URL): boolean {
  return url.password !== '' || [...url.searchParams.keys()].some((name) => /password/i.test(name));
}
