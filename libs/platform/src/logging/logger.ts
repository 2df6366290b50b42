import { type DestinationStream, type Logger, pino } from 'pino';
import { prettyFactory } from 'pino-pretty';

import type { LogLevel } from '../config/fields';
import type { Scrubber } from './scrubber';

export interface LoggerOptions {
  /** Who speaks: the name of the shell. */
  readonly name: string;
  readonly level: LogLevel;
  /** For people (a terminal) instead of one JSON object a line. */
  readonly pretty: boolean;
  /** What is taken out of every line. */
  readonly scrubber: Scrubber;
  /** Where lines go; standard output when absent. */
  readonly destination?: DestinationStream;
}

/**
 * The root logger of a process. Lines are written at once, so the last one before an exit is not lost. Message: a
 * constant sentence; values: fields; an error: the field `err`, its causes included. `logger.child({ … })` adds fields.
 */
export function createLogger({ name, level, pretty, scrubber, destination }: LoggerOptions): Logger {
  const raw = destination ?? pino.destination({ dest: 1, sync: true });
  return pino(
    {
      name,
      level,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: pino.stdSerializers.errWithCause },
      hooks: { streamWrite: scrubber.scrub },
    },
    pretty ? forPeople(raw) : raw,
  );
}

function forPeople(raw: DestinationStream): DestinationStream {
  const format = prettyFactory({
    ignore: 'pid,hostname,name',
    translateTime: 'SYS:HH:MM:ss',
    singleLine: true,
    colorize: process.stdout.isTTY,
  });
  return { write: (line) => raw.write(format(line)) };
}
