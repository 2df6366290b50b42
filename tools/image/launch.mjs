/**
 * What the image starts: `node launch.mjs <app>` becomes that app, in this very process, so that a signal and an exit
 * code mean what they say. It imports `node:` modules only and needs no shell. An app that is not there: exit code 64.
 */
import { existsSync, readdirSync } from 'node:fs';
import Module from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const EXIT_USAGE = 64;
const apps = join(dirname(fileURLToPath(import.meta.url)), 'apps');
const known = readdirSync(apps).filter((name) => existsSync(mainOf(name)));
const [name, ...more] = process.argv.slice(2);

if (name === undefined || !known.includes(name) || more.length > 0) {
  process.stderr.write(`Name one app to start: ${known.sort().join(', ')}.\n`);
  process.exitCode = EXIT_USAGE;
} else {
  // The first process of a container does not hear a signal that it does not listen for: one that comes while the app is
  // still being read is kept for the app, which listens once it is.
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => undefined);
  process.argv.splice(1, 2, mainOf(name));
  // As `node apps/<name>/dist/main.js` would, `require.main` included.
  Module.runMain(mainOf(name));
}

function mainOf(app) {
  return join(apps, app, 'dist/main.js');
}
