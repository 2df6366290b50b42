/**
 * Makes the tree that the image holds: `node tools/image/tree.mjs <folder> [app …]`, all apps unless some are named. The
 * Dockerfile calls it, and so does the test, without Docker. It needs what `npm ci` installs and `tsc -b
 * tsconfig.build.json` builds, and no network. The folder must be absent or empty. Prints what it made.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { imageApps } from './apps.mjs';
import { productionPackages } from './production-packages.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Of what the compiler writes, only what runs. */
const needless = /\.(d\.ts|map|tsbuildinfo)$/;
const [target, ...named] = process.argv.slice(2);

try {
  makeTree(target, named.length > 0 ? named : imageApps.filter(isBuilt));
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

function makeTree(to, apps) {
  if (to === undefined) throw new Error('usage: node tools/image/tree.mjs <folder> [app …]');
  const unknown = apps.filter((name) => !imageApps.includes(name) || !isBuilt(name));
  if (unknown.length > 0) throw new Error(`${unknown.join(', ')}: not an app of the image, or not built.`);
  const folder = resolve(to);
  if (existsSync(folder) && readdirSync(folder).length > 0) throw new Error(`${folder} is not empty.`);
  mkdirSync(folder, { recursive: true });
  const { packages, workspaces } = productionPackages(root, apps);
  for (const path of packages) copyPackage(path, folder);
  for (const path of workspaces) copyWorkspace(path, folder);
  for (const file of ['launch.mjs', 'healthcheck.mjs'])
    cpSync(join(root, 'tools/image', file), join(folder, file));
  cpSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  const size = (sizeOf(folder) / 1e6).toFixed(1);
  console.log(`${apps.join(', ')}: ${packages.length} packages, ${workspaces.length} of ours, ${size} MB`);
}

/** A package as it was installed, without packages nested in it: those that run are listed by themselves. */
function copyPackage(path, folder) {
  const from = join(root, path);
  cpSync(from, join(folder, path), {
    recursive: true,
    filter: (file) => !relative(from, file).split('/').includes('node_modules'),
  });
}

function copyWorkspace(path, folder) {
  const from = join(root, path);
  if (!existsSync(join(from, 'dist')))
    throw new Error(`${path} is not built: run tsc -b tsconfig.build.json.`);
  cpSync(join(from, 'package.json'), join(folder, path, 'package.json'));
  cpSync(join(from, 'dist'), join(folder, path, 'dist'), {
    recursive: true,
    filter: (file) => !needless.test(file),
  });
  if (!path.startsWith('libs/')) return;
  const link = join(folder, 'node_modules/@daymark', basename(path));
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(relative(dirname(link), join(folder, path)), link);
}

function isBuilt(name) {
  return existsSync(join(root, 'apps', name, 'dist/main.js'));
}

function sizeOf(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, path, name }) => sum + statSync(join(parentPath ?? path, name)).size, 0);
}
