import { afterAll, beforeAll } from '@jest/globals';
import { createTestDatabase } from '@daymark/platform/testing';
import type { EventLog } from '../port';
import { describeEventLog } from '../testing/describe-event-log';
import { migratePostgresEventLog, openPostgresEventLog } from './index';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let logs = 0;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(async () => {
  await database.drop();
});

describeEventLog('the PostgreSQL log', async () => {
  logs += 1;
  const options = { connection: database.url, schema: `log_${logs}` };
  const handles: EventLog[] = [];
  await migratePostgresEventLog(options);
  return {
    open: async () => {
      const log = await openPostgresEventLog(options);
      handles.push(log);
      return log;
    },
    dispose: async () => {
      await Promise.all(handles.map((log) => log.close()));
    },
  };
});
