import { HandlerServer, type HandlerServerOptions } from '../handler-server';
import type { InProcessBus } from './bus';

export type InProcessServerOptions = HandlerServerOptions;

/** Nest's side of the in-process bus: `createMicroservice(module, { strategy: new InProcessServer(bus, options) })`. */
export class InProcessServer extends HandlerServer {
  override readonly transportId = Symbol('daymark.in-process');
  private detach: (() => void)[] = [];

  constructor(
    private readonly bus: InProcessBus,
    options: InProcessServerOptions,
  ) {
    super(options);
  }

  listen(callback: (error?: unknown) => void): void {
    for (const group of this.groups()) {
      const find = this.find.bind(this, group);
      this.detach.push(this.bus.attach({ queue: group.queue, find }));
    }
    callback();
  }

  /** Takes nothing more, then waits for what was taken, within `drainMs`; what is left is answered STOPPED. */
  async close(): Promise<void> {
    for (const detach of this.detach.splice(0)) detach();
    await this.finish(this.drainMs);
  }

  protected maxAnswerBytes(): number {
    return this.bus.maxMessageBytes;
  }
}
