/**
 * What `kubectl kustomize` would render, for the few fields that our kustomizations use; any other field is an error, so
 * that nothing is passed over. Names of generated ConfigMaps and Secrets stay without the hash.
 */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { at, fieldsOf, listAt, textAt, textsAt, type Json } from './json';

const known = [
  ...['apiVersion', 'kind', 'namespace', 'resources', 'components'],
  ...['configMapGenerator', 'secretGenerator', 'replicas'],
];

export function readYaml(file: string): Json[] {
  return parseAllDocuments(readFileSync(file, 'utf8'), { merge: true }).map((document) => {
    const [problem] = [...document.errors, ...document.warnings];
    if (problem !== undefined) throw new Error(`${file}: ${problem.message}`);
    return document.toJS() as Json;
  });
}

export function render(folder: string): Json[] {
  const kustomization = readYaml(join(folder, 'kustomization.yaml'))[0];
  const unknown = Object.keys(fieldsOf(kustomization)).filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`${folder}: ${unknown.join(', ')} is not read by this check`);
  return rendered(folder, kustomization, []);
}

function rendered(folder: string, kustomization: Json | undefined, before: readonly Json[]): Json[] {
  const places = (field: string) => textsAt(kustomization, field).map((path) => join(folder, path));
  let all = [...before, ...places('resources').flatMap(resourcesAt), ...generated(folder, kustomization)];
  // A component sees what was there before it, and may change it.
  for (const component of places('components'))
    all = rendered(component, readYaml(join(component, 'kustomization.yaml'))[0], all);
  return all.map((each) =>
    inNamespace(withReplicas(each, kustomization), textAt(kustomization, 'namespace')),
  );
}

const resourcesAt = (path: string): Json[] => (statSync(path).isDirectory() ? render(path) : readYaml(path));

function generated(folder: string, kustomization: Json | undefined): Json[] {
  const manifest = (kind: string, generator: Json, data: readonly (readonly [string, string])[]): Json => ({
    ...{ apiVersion: 'v1', kind, metadata: { name: textAt(generator, 'name') } },
    data: Object.fromEntries(data),
    ...(kind === 'Secret' ? { type: 'Opaque' } : {}),
  });
  return [
    ...listAt(kustomization, 'configMapGenerator').map((one) =>
      manifest('ConfigMap', one, [...literalsOf(one), ...filesOf(folder, one)]),
    ),
    ...listAt(kustomization, 'secretGenerator').map((one) =>
      manifest(
        'Secret',
        one,
        literalsOf(one).map(([key, value]) => [key, Buffer.from(value).toString('base64')] as const),
      ),
    ),
  ];
}

function literalsOf(generator: Json): (readonly [string, string])[] {
  return textsAt(generator, 'literals').map((literal) => {
    const [key = '', ...value] = literal.split('=');
    return [key, value.join('=')];
  });
}

function filesOf(folder: string, generator: Json): (readonly [string, string])[] {
  return textsAt(generator, 'files').map((file) => [file, readFileSync(join(folder, file), 'utf8')]);
}

function withReplicas(manifest: Json, kustomization: Json | undefined): Json {
  if (textAt(manifest, 'kind') !== 'Deployment') return manifest;
  const name = textAt(manifest, 'metadata', 'name');
  const own = listAt(kustomization, 'replicas').find((each) => textAt(each, 'name') === name);
  if (own === undefined) return manifest;
  const spec = { ...fieldsOf(at(manifest, 'spec')), replicas: at(own, 'count') ?? 1 };
  return { ...fieldsOf(manifest), spec };
}

function inNamespace(manifest: Json, namespace: string): Json {
  if (namespace === '' || textAt(manifest, 'kind') === 'Namespace') return manifest;
  return { ...fieldsOf(manifest), metadata: { ...fieldsOf(at(manifest, 'metadata')), namespace } };
}
