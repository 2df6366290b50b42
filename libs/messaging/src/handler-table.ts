import type { MessageHandler } from '@nestjs/microservices';
import type { MessageKind } from './delivery';
import { bySpecificity, checkPattern, matches } from './subjects';

export interface HandlerEntry {
  readonly kind: MessageKind;
  readonly pattern: string;
  /** Null: the server is a group of its own. */
  readonly queue: string | null;
  /** Of a question exactly one. */
  readonly handlers: MessageHandler[];
}

/** One server's handlers of one queue group, the pattern that says most first. */
export interface HandlerGroup {
  readonly queue: string | null;
  readonly entries: readonly HandlerEntry[];
}

/**
 * A server's handlers. Kept apart from Nest's own table, where an event handler and a question handler of one pattern
 * overwrite each other.
 */
export class HandlerTable {
  private readonly entries: HandlerEntry[] = [];

  /** @throws TypeError for a pattern that is none; Error for a second answer to one pattern. */
  add(entry: Omit<HandlerEntry, 'handlers'>, handler: MessageHandler): void {
    const { kind, pattern, queue } = entry;
    checkPattern(pattern);
    const known = this.entries.find((e) => e.kind === kind && e.pattern === pattern && e.queue === queue);
    if (known === undefined) this.entries.push({ kind, pattern, queue, handlers: [handler] });
    else if (kind === 'event') known.handlers.push(handler);
    else throw new Error(`Two handlers answer the pattern "${pattern}"`);
  }

  groups(): HandlerGroup[] {
    const sorted = this.entries.toSorted((a, b) => bySpecificity(a.pattern, b.pattern));
    return [...new Set(sorted.map(({ queue }) => queue))].map((queue) => ({
      queue,
      entries: sorted.filter((entry) => entry.queue === queue),
    }));
  }
}

/** Where several patterns of one group match a subject, the one that says most takes the message. */
export function findEntry(group: HandlerGroup, kind: MessageKind, subject: string): HandlerEntry | undefined {
  return group.entries.find((entry) => entry.kind === kind && matches(entry.pattern, subject));
}
