import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SUBJECTS } from '@daymark/contracts';
import { streamId } from '@daymark/event-log';
import { ask, type Shown } from '../testing/asking';
import { startGateway, type GatewayFixture } from '../testing/gateway-fixture';
import { SOURCE_ID, settings, sourceRow } from '../testing/rows';
import { rejection } from '../testing/scripted-messenger';
import { mergePatch } from './merge-patch';

const POSITION = '00000000000000000003';
let gateway: GatewayFixture;

beforeEach(async () => {
  gateway = await startGateway();
  gateway.views.rows.sources = [sourceRow({ revision: 3 })];
  gateway.messenger.on(SUBJECTS.changeSource, ({ settings: given, sourceId }) => ({
    sourceId,
    settings: given,
    revision: 4,
    position: POSITION,
  }));
});
afterEach(() => gateway.stop());

const patch = (body: object, ifMatch?: string) => {
  const asking = ask(gateway.server, 'patch', '/api/v1/sources/orders')
    .set('authorization', gateway.authorization)
    .set('content-type', 'application/merge-patch+json');
  return (ifMatch === undefined ? asking : asking.set('if-match', ifMatch)).send(JSON.stringify(body));
};
const questions = () => gateway.messenger.questions(SUBJECTS.changeSource);

describe('changing a source', () => {
  it('merges the patch onto what is set, and names the revision that it saw', async () => {
    const { status, headers, body } = await patch({
      pollingIntervalMinutes: 1,
      connector: { url: 'postgresql://other/orders', password: null },
      cleaner: null,
    });
    const { password: _, ...connector } = settings.connector;
    const changed = {
      ...settings,
      pollingIntervalMinutes: 1,
      connector: { ...connector, url: 'postgresql://other/orders' },
      cleaner: null,
    };
    expect([status, headers['etag']]).toEqual([200, '"4"']);
    expect(body).toEqual({ id: SOURCE_ID, ...changed, revision: 4, position: POSITION });
    expect(questions()).toEqual([
      expect.objectContaining({ sourceId: SOURCE_ID, settings: changed, expectedRevision: 3 }),
    ]);
    expect(gateway.views.asked.reached).toEqual([POSITION]);
  });

  it('puts the defaults back where a setting is removed', async () => {
    gateway.views.rows.sources = [sourceRow({ settings: { ...settings, lateData: 'apply' } })];
    const { body } = await patch({ lateData: null });
    expect(body.lateData).toBe('hold');
  });

  it('changes nothing with an empty patch, and takes none for one', async () => {
    expect((await patch({})).status).toBe(200);
    const none = await ask(gateway.server, 'patch', '/api/v1/sources/orders').set(
      'authorization',
      gateway.authorization,
    );
    expect(none.status).toBe(200);
  });

  it.each([['"3"'], ['3'], ['W/"3"'], ['*'], [' "3" ']])('takes If-Match: %s', async (header) => {
    expect((await patch({ lateData: 'apply' }, header)).status).toBe(200);
  });

  it.each([['"2"'], ['"4"'], ['99']])('answers 412 to If-Match: %s', async (header) => {
    const { status, body } = await patch({ lateData: 'apply' }, header);
    expect([status, body.code]).toEqual([412, 'SOURCE_REVISION_STALE']);
    expect(questions()).toEqual([]);
  });

  it.each([['"x"'], [''], ['"3", "4"'], ['-1'], ['0'], ['3.0'], ['9'.repeat(30)]])(
    'answers 400 to If-Match: %s',
    async (header) => {
      const { status, body } = await patch({ lateData: 'apply' }, header);
      expect([status, body.code]).toEqual([400, 'IF_MATCH_INVALID']);
    },
  );

  it('takes the revision in the document too', async () => {
    expect((await patch({ revision: 3, lateData: 'apply' })).status).toBe(200);
    expect((await patch({ revision: 2, lateData: 'apply' })).status).toBe(412);
    expect((await patch({ revision: 'x' })).status).toBe(400);
  });

  it('answers 412 when the service knows of a later revision', async () => {
    gateway.messenger.on(SUBJECTS.changeSource, () => {
      gateway.views.rows.sources = [sourceRow({ revision: 5 })];
      throw rejection('SOURCE_REVISION_STALE');
    });
    const { status, body } = await patch({ lateData: 'apply' }, '"3"');
    expect([status, body.code]).toEqual([412, 'SOURCE_REVISION_STALE']);
  });

  it('loses no change of somebody else when it names no revision', async () => {
    const others = { ...settings, pollingIntervalMinutes: 60 };
    await gateway.log.append(
      streamId('source', SOURCE_ID),
      [{ id: SOURCE_ID, type: 'X', data: {}, metadata: {} }],
      { kind: 'noStream' },
    );
    gateway.messenger.on(SUBJECTS.changeSource, ({ expectedRevision, settings: given }) => {
      if (expectedRevision === 4)
        return { sourceId: SOURCE_ID, settings: given, revision: 5, position: POSITION };
      gateway.views.rows.sources = [sourceRow({ revision: 4, settings: others })];
      throw rejection('SOURCE_REVISION_STALE');
    });
    const { status, body } = await patch({ lateData: 'apply' });
    expect([status, body.revision]).toEqual([200, 5]);
    expect(body).toMatchObject({ pollingIntervalMinutes: 60, lateData: 'apply' });
  });

  it('gives up with 409 when others are always faster', async () => {
    gateway.messenger.on(SUBJECTS.changeSource, () => {
      throw rejection('SOURCE_REVISION_STALE');
    });
    const { status, body } = await patch({ lateData: 'apply' });
    expect([status, body.code, questions().length]).toEqual([409, 'SOURCE_BUSY', 4]);
  });

  it.each([
    ['name', { name: 'Not Good' }],
    ['name', { name: null }],
    ['connector', { connector: null }],
    ['connector.key', { connector: { key: null } }],
    ['connector.day.column', { connector: { day: { column: 7 } } }],
    ['cleaner.runsAt', { cleaner: { runsAt: 'never' } }],
    ['id', { id: SOURCE_ID }],
    ['sealed', { sealed: true }],
  ])('refuses a wrong %s: %j', async (path, body) => {
    const answer = await patch(body);
    expect(answer.status).toBe(400);
    expect(answer.body.errors.map((error: Shown) => error.path)).toContain(path);
    expect(questions()).toEqual([]);
  });

  it('refuses a password inside the URL before it travels', async () => {
    const { status, body } = await patch({ connector: { url: 'postgresql://a:hunter2@db/x' } });
    expect([status, body.code]).toEqual([422, 'SOURCE_URL_HAS_PASSWORD']);
    expect(questions()).toEqual([]);
  });

  it('answers 409 where the identity is fixed', async () => {
    gateway.messenger.on(SUBJECTS.changeSource, () => {
      throw rejection('SOURCE_IDENTITY_FIXED', { errors: [{ path: 'timeZone', message: 'is fixed' }] });
    });
    const { status, body } = await patch({ timeZone: 'UTC' });
    expect([status, body.errors]).toEqual([409, [{ path: 'timeZone', message: 'is fixed' }]]);
  });
});

describe('a merge patch', () => {
  it.each([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('of %j with %j is %j', (target, with_, merged) => {
    expect(mergePatch(target, with_)).toEqual(merged);
  });
});
