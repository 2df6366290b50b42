import 'reflect-metadata';
import { runShell, type Shell } from '@daymark/composition';
import { greetingLines, type Greeting } from './greeting';
import { startStandalone } from './standalone';

/** A log sees where the password is kept, never the password. */
function greet(greeting: Greeting, { logger }: Shell): void {
  const terminal = process.stdout.isTTY;
  const seen = terminal ? greeting : { ...greeting, password: null };
  if (!terminal) logger.info({ ...seen, password: undefined }, 'Daymark is ready.');
  (terminal ? process.stdout : process.stderr).write(`${greetingLines(seen).join('\n')}\n`);
}

void runShell(process, { name: 'standalone', start: startStandalone, ready: greet });
