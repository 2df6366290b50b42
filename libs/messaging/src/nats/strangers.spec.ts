import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { connect as connectSocket } from 'node:net';
import type { NatsConnection } from 'nats';
import type { Messenger } from '../port';
import { describeWithNats } from '../testing';
import { answering, counting, failing, recording } from '../testing/controllers';
import { natsRooms, type NatsRooms } from '../testing/nats/nats-rooms';
import { until } from '../testing/until';
import { startNatsServer, type TestNatsServer } from '../testing-nats';
import type { NatsBus } from './bus';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const junk: readonly (readonly [string, Uint8Array])[] = [
  ['words', bytes('not json')],
  ['half a document', bytes('{"a":')],
  ['bytes that are no text', Uint8Array.from([0x22, 0xff, 0xfe, 0x22])],
  ['a NUL', Uint8Array.from([0])],
  ['1 MiB of noise', new Uint8Array(1_048_576).fill(0xaa)],
  ['1 MiB of brackets', bytes('['.repeat(1_048_576))],
];

/** An error that nobody catches fails the test in which it happens: jest sees to it. */
describeWithNats('nats, among strangers', (binary) => {
  let server: TestNatsServer;
  let rooms: NatsRooms;
  let bus: NatsBus;
  let messenger: Messenger;
  let stranger: NatsConnection;

  beforeAll(async () => {
    server = await startNatsServer({ binary });
  });

  beforeEach(async () => {
    rooms = natsRooms(server);
    bus = rooms.bus();
    messenger = bus.messenger();
    await bus.connected();
    stranger = await rooms.stranger();
  });

  afterEach(() => rooms.end());

  afterAll(async () => {
    await server.stop();
  });

  const stillAnswers = async (): Promise<void> => {
    expect(await messenger.ask('suite.echo', 'still', { timeoutMs: 2_000 })).toBe('still');
  };

  it.each(junk)('refuses %s on every subject, says so once, and goes on', async (_, data) => {
    const heard: string[] = [];
    const everything = [answering(), failing('secret'), recording('a', heard)];
    await rooms.serve(bus, everything);
    const questions = ['echo', 'kind', 'answer.x', 'greet', 'refuse', 'break', 'who'];
    for (const subject of questions) {
      const { data: said } = await stranger.request(`daymark.suite.${subject}`, data, { timeout: 5_000 });
      expect(new TextDecoder().decode(said)).toContain('QUESTION_MALFORMED');
    }
    const nudges = ['break.nudge', 'day.one.sealed', 'source.a.b', 'plain'];
    for (const subject of nudges) stranger.publish(`daymark.nudge.suite.${subject}`, data);
    // Without a place for the answer: nothing to refuse to, nothing done.
    for (const subject of questions) stranger.publish(`daymark.suite.${subject}`, data);
    const expected = [...questions, ...nudges, ...questions].map((subject) => `suite.${subject}`);
    await until(() => rooms.faults.length >= expected.length);
    await stillAnswers();
    expect(rooms.faults.map(({ subject }) => subject).toSorted()).toEqual(expected.toSorted());
    expect(rooms.faults.every(({ cause }) => String(cause).length < 1_000)).toBe(true);
    expect(heard).toEqual([]);
  });

  it('takes no empty message for more than it is, and no question without a place for its answer', async () => {
    const begun: unknown[] = [];
    await rooms.serve(bus, [answering(), counting(begun)]);
    expect((await stranger.request('daymark.suite.kind', '')).string()).toBe('{"answer":"undefined"}');
    expect((await stranger.request('daymark.suite.greet', '')).string()).toContain('QUESTION_INVALID');
    stranger.publish('daymark.suite.count', '1');
    stranger.publish('daymark.suite.count', '2', { reply: 'daymark.nudge.suite.count' });
    stranger.publish('daymark.suite.count', '3', { reply: '$JS.API.STREAM.DELETE.DAYMARK' });
    stranger.publish('daymark.nudge.suite.count', '4', { reply: 'daymark.suite.count' });
    await until(() => begun.length > 0 && rooms.faults.length >= 3);
    await stillAnswers();
    expect(begun).toEqual([4]);
    expect(rooms.faults.map(({ subject }) => subject)).toEqual(
      Array.from({ length: 3 }, () => 'suite.count'),
    );
  });

  it('survives headers that are none, towards services and towards askers', async () => {
    const begun: unknown[] = [];
    await rooms.serve(bus, [answering(), counting(begun)]);
    const inboxes: string[] = [];
    stranger.subscribe('daymark.suite.strange', { callback: (_, { reply }) => inboxes.push(reply ?? '') });
    await stranger.flush();
    const asked = messenger.ask('suite.strange', 1, { timeoutMs: 500 });
    const failed = expect(asked).rejects.toMatchObject({ code: 'TIMEOUT' });
    await until(() => inboxes.length > 0);
    const headers = 'NATS/1.0\r\nno\u0001 name: x\r\n\r\n';
    const message = (subject: string, text: string): string =>
      `HPUB ${subject} _INBOX.nobody.1 ${headers.length} ${headers.length + text.length}\r\n${headers}${text}\r\n`;
    await writeRaw(server, [
      message('daymark.suite.count', '1'),
      message('daymark.nudge.suite.count', '2'),
      message(`${inboxes[0]}x`, '3'),
      message((inboxes[0] ?? '').replace(/\.[^.]*$/, '.nobody'), '4'),
    ]);
    await until(() => begun.length >= 2);
    await failed;
    await stillAnswers();
    expect(begun.toSorted()).toEqual([1, 2]);
  });

  it('lets go what comes to an inbox and was not asked for', async () => {
    await rooms.serve(bus, [answering()]);
    const inboxes: string[] = [];
    stranger.subscribe('daymark.suite.twice', {
      callback: (_, message) => {
        inboxes.push(message.reply ?? '');
        message.respond('{"answer":1}');
        message.respond('{"answer":2}');
        message.respond('junk');
      },
    });
    await stranger.flush();
    expect(await messenger.ask('suite.twice', 1, { timeoutMs: 1_000 })).toBe(1);
    for (const { 1: data } of junk) stranger.publish(inboxes[0] ?? '', data);
    await stranger.flush();
    await stillAnswers();
  });

  it('names what is larger than this server takes, both ways', async () => {
    const small = await startNatsServer({ binary, configuration: 'max_payload: 65536' });
    const inSmall = natsRooms(small);
    try {
      const own = inSmall.bus();
      await inSmall.serve(own, [answering()]);
      const ask = (subject: string, question: unknown): Promise<unknown> =>
        own.messenger().ask(subject, question, { timeoutMs: 2_000 });
      await expect(ask('suite.echo', 'x'.repeat(65_535))).rejects.toMatchObject({ code: 'TOO_LARGE' });
      await expect(own.messenger().nudge('suite.plain', 'x'.repeat(65_535))).rejects.toMatchObject({
        code: 'TOO_LARGE',
      });
      expect(await ask('suite.kind', 'x'.repeat(65_534))).toBe('string');
      await expect(ask('suite.echo', 'x'.repeat(65_534))).rejects.toMatchObject({
        problem: { code: 'ANSWER_INVALID' },
      });
      expect(own.state().status).toBe('connected');
    } finally {
      await inSmall.end();
      await small.stop();
    }
  });

  it('shares questions and nudges between two processes of a service, and gives nothing twice', async () => {
    const one: unknown[] = [];
    const two: unknown[] = [];
    await rooms.serve(rooms.bus(), [counting(one)], { waiting: 10_000 });
    await rooms.serve(rooms.bus(), [counting(two)], { waiting: 10_000 });
    const ids = Array.from({ length: 2_000 }, (_, i) => i);
    await Promise.all(ids.map((id) => messenger.ask('suite.count', id, { timeoutMs: 10_000 })));
    for (const id of ids) await messenger.nudge('suite.count', id + 2_000);
    await until(() => one.length + two.length >= 4_000);
    await messenger.ask('suite.count', 4_000, { timeoutMs: 2_000 });
    const all = [...one, ...two].map(Number).toSorted((a, b) => a - b);
    expect(all).toEqual(Array.from({ length: 4_001 }, (_, i) => i));
    for (const share of [one, two]) expect(share.length).toBeGreaterThan(1_000);
  });

  it('keeps two installations on one server apart', async () => {
    await rooms.serve(bus, [answering()]);
    const other = rooms.bus({ namespace: 'other' });
    await other.connected();
    await expect(other.messenger().ask('suite.echo', 1, { timeoutMs: 2_000 })).rejects.toMatchObject({
      code: 'NO_RESPONDER',
    });
    expect(() => rooms.bus({ namespace: 'two words' })).toThrow(TypeError);
  });
});

/** Speaks the protocol without a client that would refuse to. */
async function writeRaw(server: TestNatsServer, messages: readonly string[]): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const socket = connectSocket(server.port, server.host);
    let heard = '';
    socket.once('error', reject);
    socket.on('data', (data) => {
      heard += data.toString();
      if (heard.includes('-ERR')) reject(new Error(heard));
      if (!heard.includes('PONG')) return;
      socket.destroy();
      resolve();
    });
    const hello = 'CONNECT {"headers":true,"verbose":false,"protocol":1}\r\n';
    socket.write(`${hello}${messages.join('')}PING\r\n`);
  });
}
