import { isTimeZone } from '../calendar-days';
import { rejected, type Rejected } from '../decision';
import type { SourceSettings } from './settings';

export const SOURCE_NAME = /^[a-z][a-z0-9_]{0,47}$/;

/** What no shape check at the edge can know: zones, a password where none may stand. */
export function checkSettings(settings: SourceSettings): Rejected | undefined {
  const zones: readonly (readonly [string, string | undefined])[] = [
    ['timeZone', settings.timeZone],
    ['connector.day.timeZone', settings.connector.day.timeZone],
    ['cleaner.timeZone', settings.cleaner?.timeZone],
  ];
  for (const [path, zone] of zones) {
    if (zone !== undefined && !isTimeZone(zone)) {
      return rejected('TIME_ZONE_UNKNOWN', `"${zone}" is not an IANA time zone such as Europe/Rome.`, path);
    }
  }
  if (!SOURCE_NAME.test(settings.name)) {
    return rejected('SOURCE_NAME_INVALID', 'A name is a letter and up to 47 of a-z, 0-9 and _.', 'name');
  }
  return checkUrl(settings.connector.url);
}

const path = 'connector.url';

function checkUrl(url: string): Rejected | undefined {
  const shape = /^postgres(?:ql)?:\/\/([^/?#]*)([/?#].*)?$/.exec(url);
  if (shape === null) {
    return rejected(
      'SOURCE_URL_INVALID',
      'The URL is not of the form postgresql://user@host:port/database.',
      path,
    );
  }
  const authority = shape[1] ?? '';
  const credentials = authority.includes('@') ? authority.slice(0, authority.lastIndexOf('@')) : '';
  if (credentials.includes(':') || /[?&]password=/i.test(shape[2] ?? '')) {
    return rejected(
      'SOURCE_URL_HAS_PASSWORD',
      'A password does not belong into the URL: put a reference such as env:NAME into connector.password.',
      path,
    );
  }
  return undefined;
}
