/** Writes docs/openapi.json and docs/errors.md from the code, or with `--check` says whether they are what it would write. */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const { openApiDocument, errorReference } = require('../libs/services/dist/admin-gateway/index.js');

const pages = {
  'docs/openapi.json': `${JSON.stringify(openApiDocument(), null, 2)}\n`,
  'docs/errors.md': errorReference(),
};

for (const [name, text] of Object.entries(pages)) {
  const file = fileURLToPath(new URL(`../${name}`, import.meta.url));
  if (!process.argv.includes('--check')) {
    writeFileSync(file, text);
  } else if (readFileSync(file, 'utf8') !== text) {
    console.error(`${name} is not what the code says: run node tools/api-pages.mjs`);
    process.exitCode = 1;
  }
}
