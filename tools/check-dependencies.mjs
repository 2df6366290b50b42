/**
 * Says whether docs/dependencies.md names exactly the direct runtime dependencies of all packages, each in the version
 * that is wanted: every one needs a reason.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = 'docs/dependencies.md';

const wanted = new Set(
  ['.', ...foldersOf('apps'), ...foldersOf('libs')]
    .map((folder) => join(root, folder, 'package.json'))
    .filter((file) => existsSync(file))
    .flatMap((file) => runtimeDependenciesOf(JSON.parse(readFileSync(file, 'utf8')))),
);
const named = new Set(namedOn(readFileSync(join(root, page), 'utf8')));

const problems = [
  ...[...wanted].filter((each) => !named.has(each)).map((each) => `${each} is used and not on ${page}.`),
  ...[...named].filter((each) => !wanted.has(each)).map((each) => `${each} is on ${page} and not used.`),
];
for (const problem of problems.sort()) console.error(problem);
if (problems.length > 0) process.exitCode = 1;

function foldersOf(place) {
  return readdirSync(join(root, place)).map((name) => `${place}/${name}`);
}

function runtimeDependenciesOf({ dependencies, optionalDependencies, peerDependencies }) {
  return Object.entries({ ...dependencies, ...optionalDependencies, ...peerDependencies })
    .filter(([name]) => !name.startsWith('@daymark/'))
    .map(([name, version]) => `${name} ${version}`);
}

/** Rows of the page's tables begin with the name in backquotes, then the version. */
function namedOn(text) {
  return [...text.matchAll(/^\| `([^`]+)` +\| ([^ |]+) +\|/gm)].map(
    ([, name, version]) => `${name} ${version}`,
  );
}
