const { existsSync, readdirSync } = require('node:fs');
const { join } = require('node:path');

const projects = ['apps', 'libs', 'tools'].flatMap((folder) =>
  readdirSync(join(__dirname, folder))
    .map((name) => `${folder}/${name}`)
    .concat(folder === 'tools' ? ['tools'] : [])
    .filter((path) => existsSync(join(__dirname, path, 'jest.config.cjs')))
    .map((path) => `<rootDir>/${path}`),
);

module.exports = {
  projects,
  coverageProvider: 'v8',
  watchman: false,
  testTimeout: 60_000,
  maxWorkers: 2,
  reporters: ['<rootDir>/tools/jest-reporter.cjs'],
};
