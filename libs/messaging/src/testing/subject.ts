import { type INestMicroservice, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { CustomTransportStrategy } from '@nestjs/microservices';
import { type HandlerFault, prepareHandlers } from '../handlers';
import type { Messenger } from '../port';

export interface ServiceOptions {
  /** Absent: the service is a group of its own. */
  readonly queue?: string;
  readonly concurrency?: number;
  readonly waiting?: number;
  readonly drainMs?: number;
  readonly onFault: (fault: HandlerFault) => void;
}

/** What the suite asks of a transport: one broker, used by one test, whatever else lives on it. */
export interface MessagingUnderTest {
  /** Starts a real Nest microservice with these controllers; resolves once it is listening. */
  startService(controllers: Type[], options: ServiceOptions): Promise<{ stop(): Promise<void> }>;
  messenger(): Promise<Messenger>;
  /** Publishes this text as a nudge, as a stranger could. */
  publishText(subject: string, text: string): Promise<void>;
  /** Asks with this text, as a stranger could; resolves with whatever text is answered. */
  askText(subject: string, text: string, timeoutMs: number): Promise<string>;
  /** Answers questions on this subject with this text, as a stranger could, until `dispose`. */
  answerText(subject: string, text: string): Promise<void>;
  /** Closes what `messenger` gave and stops services that still run. */
  dispose(): Promise<void>;
}

export type MessagingFactory = () => Promise<MessagingUnderTest>;

/** A Nest microservice over any strategy, listening; prepared as the shells prepare theirs if `onFault` is given. */
export async function listenWith(
  strategy: CustomTransportStrategy,
  controllers: Type[],
  onFault?: (fault: HandlerFault) => void,
): Promise<INestMicroservice> {
  @Module({ controllers })
  class ServiceUnderTest {}
  const options = { strategy, logger: false as const, abortOnError: false };
  const microservice = await NestFactory.createMicroservice(ServiceUnderTest, options);
  if (onFault !== undefined) prepareHandlers(microservice, { onFault });
  await microservice.listen();
  return microservice;
}
