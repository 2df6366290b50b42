import { describe, expect, it } from '@jest/globals';
import { readConfiguration } from './configuration';

const url = 'postgresql://watcher:hunter2@localhost/demo';

describe('configuration', () => {
  it('needs the database alone', () => {
    expect(readConfiguration({ DATA_WATCHER_DATABASE_URL: url, PATH: '/bin' })).toEqual({
      databaseUrl: url,
      schema: 'public',
      timeZone: 'Europe/Rome',
      seed: 'daymark',
      everySeconds: 5,
      retentionDays: 7,
      rates: { flowsPerMinute: 12, latePerHour: 12, correctionsPerHour: 30, deletionsPerHour: 6 },
    });
  });

  it('names every problem at once, and no value', () => {
    const read = readConfiguration({
      DATA_WATCHER_DATABASE_URL: 'mysql://hunter2',
      DATA_WATCHER_SCHEMA: 'Demo; drop',
      DATA_WATCHER_TIME_ZONE: 'Mars/Base',
      DATA_WATCHER_EVERY_SECONDS: 'soon',
      DATA_WATCHER_RETENTION_DAYS: '1.5',
      DATA_WATCHER_LATE_PER_HOUR: '-1',
      DATA_WATCHER_SPEED: '1',
    });
    expect(read).toEqual({
      problems: [
        'DATA_WATCHER_DATABASE_URL must be a postgresql:// URL',
        'DATA_WATCHER_SCHEMA must be a plain lower-case name',
        'DATA_WATCHER_TIME_ZONE must be the name of a time zone, such as Europe/Rome',
        'DATA_WATCHER_EVERY_SECONDS must be a number from 0.05 to 3600',
        'DATA_WATCHER_LATE_PER_HOUR must be a number from 0 to 36000',
        'DATA_WATCHER_RETENTION_DAYS must be whole',
        'DATA_WATCHER_SPEED is unknown',
      ],
    });
    expect(readConfiguration({})).toEqual({ problems: ['DATA_WATCHER_DATABASE_URL is missing'] });
  });
});
