/**
 * Gives the whole test run one PostgreSQL server, however many packages it spans: DAYMARK_TEST_POSTGRES_URL names it. A
 * server named there already is used as it is. Jest runs this file outside its sandbox and turns the TypeScript that it
 * requires by the project's own transform, so no build is needed first.
 */
const { startThrowAwayPostgres } = require('../libs/platform/src/embedded-postgres/throw-away.ts');

const variable = 'DAYMARK_TEST_POSTGRES_URL';

module.exports = async function start() {
  if (process.env[variable]) return;
  const server = await startThrowAwayPostgres();
  process.env[variable] = server.url;
  globalThis.__daymarkTestPostgres = server;
};
