import { expect, it } from '@jest/globals';
import { readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { describeWithNats } from '../with-nats';
import { findNatsServer } from './find-nats-server';
import { startNatsServer } from './nats-server';

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

const leftovers = (): string[] =>
  readdirSync(tmpdir()).filter((name) => name.startsWith(`daymark-test-nats-${process.pid}-`));

describeWithNats('a nats-server for tests', (binary) => {
  it('is one of its own, comes back on its port, and leaves nothing behind', async () => {
    const one = await startNatsServer({ binary, jetstream: true });
    const two = await startNatsServer({ binary });
    expect(one.port).not.toBe(two.port);
    expect(one.log()).toContain('JetStream');
    expect(two.log()).not.toContain('JetStream');
    await one.kill();
    expect(await answers(one.port)).toBe(false);
    await one.start();
    expect(await answers(one.port)).toBe(true);
    await Promise.all([one.stop(), two.stop()]);
    expect(await answers(two.port)).toBe(false);
    expect(leftovers()).toEqual([]);
  });

  it('says what the server said when it does not start', async () => {
    const refused = startNatsServer({ binary, configuration: 'max_payload: {' });
    await expect(refused).rejects.toThrow(/does not start: .*Parse error/);
    expect(leftovers()).toEqual([]);
  });
});

it('takes a variable for its word, and says which one was wrong', () => {
  const before = process.env['DAYMARK_TEST_NATS_SERVER'];
  try {
    process.env['DAYMARK_TEST_NATS_SERVER'] = '/nowhere/nats-server';
    expect(findNatsServer()).toEqual({
      missing: 'DAYMARK_TEST_NATS_SERVER names no program: /nowhere/nats-server',
    });
    process.env['DAYMARK_TEST_NATS_SERVER'] = 'off';
    expect(findNatsServer()).toEqual({ missing: 'DAYMARK_TEST_NATS_SERVER is off' });
    process.env['DAYMARK_TEST_NATS_SERVER'] = process.execPath;
    expect(findNatsServer()).toEqual({ binary: process.execPath });
  } finally {
    if (before === undefined) delete process.env['DAYMARK_TEST_NATS_SERVER'];
    else process.env['DAYMARK_TEST_NATS_SERVER'] = before;
  }
});
