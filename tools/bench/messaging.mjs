/**
 * Questions and nudges per second over both transports: asker and service in this process, a small question, a
 * handler that gives it back. NATS by a server of its own on the loopback, started here.
 *
 *   node tools/bench/messaging.mjs [questions]
 *
 * Needs a build, and a nats-server (DAYMARK_TEST_NATS_SERVER, the PATH); without one the in-process lines only.
 */
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { Controller, Module } from '@nestjs/common';
import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { prepareHandlers } from '@daymark/messaging';
import { createInProcessBus, InProcessServer } from '@daymark/messaging/in-process';
import { createNatsBus, NatsServer } from '@daymark/messaging/nats';
import { findNatsServer, startNatsServer } from '@daymark/messaging/testing-nats';

const questions = Number(process.argv[2] ?? 20_000);
const question = { sourceId: 'c0ffee', day: '2026-11-24', resync: false };
const repeats = 3;
const onFault = (fault) => console.error(fault.subject, fault.cause);

let heard = 0;

class Echo {
  echo(asked) {
    return asked;
  }

  hear() {
    heard += 1;
  }
}
decorate(Echo, 'echo', MessagePattern('bench.echo'));
decorate(Echo, 'hear', EventPattern('bench.hear'));
Controller()(Echo);

function decorate(type, name, decorator) {
  Reflect.defineMetadata('design:paramtypes', [Object], type.prototype, name);
  Payload()(type.prototype, name, 0);
  decorator(type.prototype, name, Object.getOwnPropertyDescriptor(type.prototype, name));
}

async function serve(strategy) {
  class Bench {}
  Module({ controllers: [Echo] })(Bench);
  const service = await NestFactory.createMicroservice(Bench, { strategy, logger: false });
  prepareHandlers(service, { onFault });
  await service.listen();
  return service;
}

async function rate(count, work) {
  const rates = [];
  for (let i = 0; i < repeats; i += 1) {
    const begun = performance.now();
    await work(count);
    rates.push(count / ((performance.now() - begun) / 1_000));
  }
  return Math.round(rates.sort((a, b) => a - b)[Math.floor(repeats / 2)]);
}

async function asking(messenger, count, atOnce) {
  let left = count;
  const lane = async () => {
    while (left > 0) {
      left -= 1;
      await messenger.ask('bench.echo', question, { timeoutMs: 10_000 });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}

async function nudging(messenger, count) {
  heard = 0;
  for (let sent = 0; sent < count; sent += 1) {
    await messenger.nudge('bench.hear', question);
    // As many under way as may wait.
    while (sent - heard > 800) await new Promise((resolve) => setImmediate(resolve));
  }
  while (heard < count) await new Promise((resolve) => setImmediate(resolve));
}

async function measure(name, messenger) {
  await asking(messenger, 2_000, 16);
  const one = await rate(questions / 4, (count) => asking(messenger, count, 1));
  const many = await rate(questions, (count) => asking(messenger, count, 32));
  const nudges = await rate(questions, (count) => nudging(messenger, count));
  console.log(`${name.padEnd(11)} one at a time ${one}/s   32 at once ${many}/s   nudges ${nudges}/s`);
}

const local = createInProcessBus();
const inProcess = await serve(new InProcessServer(local, { queue: 'bench', onFault }));
await measure('in-process', local.messenger());
await inProcess.close();
local.close();

const found = findNatsServer();
if ('binary' in found) {
  const server = await startNatsServer({ binary: found.binary });
  const answering = createNatsBus({ url: server.url, service: 'bench' });
  const asker = createNatsBus({ url: server.url, service: 'asker' });
  const overNats = await serve(new NatsServer(answering, { queue: 'bench', onFault }));
  await asker.connected();
  await measure('nats', asker.messenger());
  await overNats.close();
  await Promise.all([answering.close(), asker.close()]);
  await server.stop();
} else console.log(`nats: skipped, ${found.missing}`);
