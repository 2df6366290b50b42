/** Writes docs/configuration.md from the code, or with `--check` says whether it is what the code would write. */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const page = fileURLToPath(new URL('../docs/configuration.md', import.meta.url));
const { configurationReference } = require('../libs/platform/dist/index.js');

if (!process.argv.includes('--check')) {
  writeFileSync(page, configurationReference());
} else if (readFileSync(page, 'utf8') !== configurationReference()) {
  console.error('docs/configuration.md is not what the code says: run node tools/configuration-page.mjs');
  process.exitCode = 1;
}
