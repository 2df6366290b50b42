import { Readable } from 'node:stream';
import { to } from 'pg-copy-streams';
import type { SourceConnection } from './connection';

/** Some of the server's chunks, so that socket and consumer overlap. */
const BUFFERED_BYTES = 256 * 1024;

/**
 * The rows of `COPY (query) TO STDOUT` as bytes from the server's socket; nobody parses them. Nothing is asked before the
 * first read, and a stream waits for the one before it. Destroying one before its end ends the session: a connection on
 * which a COPY was cut short hangs for ever.
 */
export const copyRows = (connection: SourceConnection, query: string): Readable => {
  const text = `COPY (${query}) TO STDOUT WITH (FORMAT text, ENCODING 'UTF8')`;
  let copy: Readable | undefined;
  let release = (): void => undefined;
  let started = false;
  let over = false;

  const start = async (): Promise<void> => {
    release = await connection.claim();
    if (rows.destroyed) {
      release();
      return;
    }
    const idle = connection.idle();
    const asked = connection.submit(to(text));
    copy = asked;
    asked.on('data', (chunk: Buffer) => rows.push(chunk) || asked.pause());
    asked.on('error', (error: Error) => rows.destroy(connection.fail(error)));
    asked.on('end', () => {
      void idle.then(() => {
        over = true;
        release();
        rows.push(null);
      });
    });
  };

  const rows: Readable = new Readable({
    highWaterMark: BUFFERED_BYTES,
    read() {
      copy?.resume();
      if (!started) {
        started = true;
        start().catch((error: unknown) => rows.destroy(connection.fail(error)));
      }
    },
    destroy(error, done) {
      if (copy !== undefined && !over) {
        connection.abandon(error);
      }
      release();
      done(error);
    },
  });
  return rows;
};
