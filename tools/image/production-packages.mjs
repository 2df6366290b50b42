/** Which packages of package-lock.json run: what the named apps reach, without what is only for development. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The folders (relative to `root`) of everything that the apps reach by dependencies and required peers, found as Node
 * finds them: in the nearest `node_modules` upwards. `packages` are other people's, `workspaces` ours, the apps included.
 *
 * Our own optional packages are left out: that is the embedded PostgreSQL, and a container is given a database. So are
 * optional peers that nothing asks for by itself, and what npm left out because it is for another platform.
 * Throws when a package that is needed is not installed.
 */
export function productionPackages(root, apps) {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const seen = new Set();
  const waiting = apps.map((name) => `apps/${name}`);
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (seen.has(path)) continue;
    if (!existsSync(join(root, path, 'package.json'))) {
      if (lock[path]?.optional === true) continue;
      throw new Error(`${path} is not installed: run npm ci.`);
    }
    seen.add(path);
    waiting.push(...neededBy(path, lock));
  }
  const paths = [...seen].sort();
  const isForeign = (path) => path.includes('node_modules/');
  return { packages: paths.filter(isForeign), workspaces: paths.filter((path) => !isForeign(path)) };
}

function neededBy(path, lock) {
  const entry = lock[path];
  if (entry === undefined) throw new Error(`${path} is not in package-lock.json.`);
  const isOurs = !path.includes('node_modules/');
  const names = Object.keys({ ...entry.dependencies, ...(isOurs ? {} : entry.optionalDependencies) });
  const peers = Object.keys(entry.peerDependencies ?? {}).filter(
    (name) => entry.peerDependenciesMeta?.[name]?.optional !== true,
  );
  return [...names, ...peers].map((name) => resolved(path, name, lock));
}

function resolved(from, name, lock) {
  for (let folder = from; ; folder = parentOf(folder)) {
    const place = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    const entry = lock[place];
    if (entry !== undefined) return entry.link === true ? entry.resolved : place;
    if (folder === '') throw new Error(`${from} needs ${name}, which is not in package-lock.json.`);
  }
}

/** The next folder upwards that may hold a `node_modules`: of `a/node_modules/b` it is `a`. */
function parentOf(folder) {
  const nested = folder.lastIndexOf('/node_modules/');
  if (nested >= 0) return folder.slice(0, nested);
  return '';
}
