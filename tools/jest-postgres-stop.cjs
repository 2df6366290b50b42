module.exports = async function stop() {
  await globalThis.__daymarkTestPostgres?.stop();
};
