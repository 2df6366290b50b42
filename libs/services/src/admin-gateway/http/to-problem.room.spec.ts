import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SUBJECTS } from '@daymark/contracts';
import { MessageFault } from '@daymark/messaging';
import { ask } from '../testing/asking';
import { startGateway, type GatewayFixture } from '../testing/gateway-fixture';
import { sourceRow } from '../testing/rows';
import { rejection } from '../testing/scripted-messenger';

let gateway: GatewayFixture;

beforeAll(async () => {
  gateway = await startGateway();
  gateway.views.rows.sources = [sourceRow()];
});
afterAll(() => gateway.stop());

const post = (path: string) =>
  ask(gateway.server, 'post', `/api/v1${path}`).set('authorization', gateway.authorization);

const elementsFault = (code: string) =>
  Object.assign(new Error('secret words at db.internal:5432'), { name: 'ElementsFault', code });

describe('what services say', () => {
  const cases: [string, MessageFault | Error, number][] = [
    ['NO_RESPONDER', new MessageFault('NO_RESPONDER', 'x'), 503],
    ['TIMEOUT', new MessageFault('TIMEOUT', 'x'), 503],
    ['CLOSED', new MessageFault('CLOSED', 'x'), 503],
    ['DISCONNECTED', new MessageFault('DISCONNECTED', 'x'), 503],
    ['TOO_LARGE', new MessageFault('TOO_LARGE', 'x'), 413],
    ['INTERNAL', new MessageFault('NOT_JSON', 'x'), 500],
    ['INTERNAL', rejection('INTERNAL'), 500],
    ['OVERLOADED', rejection('OVERLOADED', { retryable: true }), 503],
    ['STOPPED', rejection('STOPPED', { retryable: true }), 503],
    ['SOMETHING_NEW', rejection('SOMETHING_NEW', { retryable: true }), 503],
    ['SOMETHING_NEW', rejection('SOMETHING_NEW'), 422],
    ['SOURCE_UNKNOWN', rejection('SOURCE_UNKNOWN'), 404],
    ['RUN_UNKNOWN', rejection('RUN_UNKNOWN'), 404],
    ['RUN_FINISHED', rejection('RUN_FINISHED'), 409],
    ['SOURCE_BUSY', rejection('SOURCE_BUSY', { retryable: true }), 409],
    ['SOURCE_NAME_TAKEN', rejection('SOURCE_NAME_TAKEN'), 409],
    ['SOURCE_IDENTITY_FIXED', rejection('SOURCE_IDENTITY_FIXED'), 409],
    ['DAY_INVALID', rejection('DAY_INVALID'), 400],
    ['MONTH_INVALID', rejection('MONTH_INVALID'), 400],
    ['RUN_FIELD_MISPLACED', rejection('RUN_FIELD_MISPLACED'), 400],
    ['RUN_RANGE_INVERTED', rejection('RUN_RANGE_INVERTED'), 422],
    ['RUN_DAY_IN_FUTURE', rejection('RUN_DAY_IN_FUTURE'), 422],
    ['RUN_RESYNC_NEEDS_DAYS', rejection('RUN_RESYNC_NEEDS_DAYS'), 422],
    ['TIME_ZONE_UNKNOWN', rejection('TIME_ZONE_UNKNOWN'), 422],
    ['SOURCE_COLUMN_UNKNOWN', rejection('SOURCE_COLUMN_UNKNOWN'), 422],
    ['SOURCE_UNREACHABLE', rejection('SOURCE_UNREACHABLE', { retryable: true }), 422],
    ['SOURCE_AUTHENTICATION_FAILED', rejection('SOURCE_AUTHENTICATION_FAILED'), 422],
    ['DATABASE_UNAVAILABLE', Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), 503],
    ['DATABASE_UNAVAILABLE', Object.assign(new Error('x'), { code: '57P01' }), 503],
    ['TARGET_UNAVAILABLE', elementsFault('TARGET_UNAVAILABLE'), 503],
    ['INTERNAL', elementsFault('TARGET_FAILED'), 500],
    ['INTERNAL', new Error('secret words at db.internal:5432'), 500],
  ];

  it.each(cases)('answers %s', async (code, fault, status) => {
    gateway.messenger.on(SUBJECTS.requestRun, () => {
      throw fault;
    });
    const answer = await post('/sources/orders/runs').set('x-correlation-id', 'trace-9');
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(answer.body.correlationId).toBe('trace-9');
    expect(answer.headers['retry-after']).toBe(status === 503 ? '5' : undefined);
    expect(JSON.stringify(answer.body)).not.toContain('secret words');
    if (status === 500) expect(gateway.logged).toContainEqual(expect.objectContaining({ level: 'error' }));
  });

  it('hands on where in the request the trouble is', async () => {
    const errors = [{ path: 'from', message: 'is not a date' }];
    gateway.messenger.on(SUBJECTS.requestRun, () => {
      throw rejection('DAY_INVALID', { errors });
    });
    const { body } = await post('/sources/orders/runs').send({ type: 'range', from: 'x', to: 'y' });
    expect([body.detail, body.errors]).toEqual(['Refused with DAY_INVALID.', errors]);
  });
});
