/** Writes docs/metrics.md from the code, or with `--check` says whether it is what the code would write. */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const page = fileURLToPath(new URL('../docs/metrics.md', import.meta.url));
const { metricsReference } = require('../libs/platform/dist/metrics/index.js');

if (!process.argv.includes('--check')) {
  writeFileSync(page, metricsReference());
} else if (readFileSync(page, 'utf8') !== metricsReference()) {
  console.error('docs/metrics.md is not what the code says: run node tools/metrics-page.mjs');
  process.exitCode = 1;
}
