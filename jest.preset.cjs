const { readFileSync } = require('node:fs');
const { join } = require('node:path');

const swcrc = JSON.parse(readFileSync(join(__dirname, '.swcrc'), 'utf8'));

/** ESM-only packages that CommonJS tests require: jest cannot require(esm) on Node 20, so swc turns them. */
const esmOnly = ['temporal-polyfill', 'temporal-utils'];

module.exports = {
  testEnvironment: 'node',
  testMatch: ['**/*.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  testEnvironmentOptions: { customExportConditions: ['@daymark/source', 'node', 'require', 'default'] },
  transform: { '^.+\\.[cm]?[jt]s$': ['@swc/jest', { ...swcrc, swcrc: false }] },
  transformIgnorePatterns: [`/node_modules/(?!(${esmOnly.join('|')})/)`],
  setupFiles: [join(__dirname, 'tools/jest-setup.cjs')],
  globalSetup: join(__dirname, 'tools/jest-postgres-start.cjs'),
  globalTeardown: join(__dirname, 'tools/jest-postgres-stop.cjs'),
  // For a package's own run; a run over all takes the root configuration's.
  testTimeout: 60_000,
  clearMocks: true,
};
