/** The manifests by structure; and by kubectl and nats-server where there are such. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { findNatsServer } from '@daymark/messaging/testing-nats';
import { parseAllDocuments, stringify } from 'yaml';
import { problemsIn } from './deployment/check';
import { knownVariables, services } from './deployment/environment';
import { at, fieldsOf, textAt, type Json } from './deployment/json';
import { readYaml, render } from './deployment/kustomization';
import { mistakesInManifests } from './deployment/mistakes';
import { ofKind, titleOf, workloadsIn } from './deployment/workloads';

const root = resolve(__dirname, '..');
const known = knownVariables(root);
const folder = (name: string): string => join(root, 'k8s', name);
const fromOutside = [
  ...['daymark-database', 'daymark-nats', 'daymark-administrator', 'daymark-source-secrets'],
];
const rendered = {
  base: render(folder('base')),
  'overlays/try': render(folder('overlays/try')),
  'overlays/try-two': render(folder('overlays/try-two')),
};
const overlays = Object.keys(rendered) as (keyof typeof rendered)[];
const secretsGivenTo = (name: string): string[] => (name === 'base' ? fromOutside : []);

const problemsWith = (manifests: readonly Json[], givenSecrets: readonly string[] = []): string[] =>
  problemsIn(manifests, { givenSecrets, knownVariables: known });

const yamlFiles = readdirSync(folder('.'), { recursive: true, encoding: 'utf8' }).filter((path) =>
  path.endsWith('.yaml'),
);

/** A kubectl whose kustomize knows components. */
function findKubectl(): string | undefined {
  const { stdout, error } = spawnSync('kubectl', ['version', '--client'], { encoding: 'utf8' });
  if (error !== undefined) return undefined;
  const [, major = '0'] = /Kustomize Version: v(\d+)/.exec(stdout) ?? [];
  return Number(major) >= 5 ? 'kubectl' : undefined;
}
const kubectl = findKubectl();
const nats = findNatsServer();
const withoutKubectl = kubectl === undefined ? ' (there is no recent kubectl on this machine)' : '';
const itWith = (there: boolean) => (there ? it : it.skip);

/** kubectl breaks the lines of long values of Secrets, which means nothing in base64. */
function unwrapped(manifest: Json): Json {
  if (textAt(manifest, 'kind') !== 'Secret') return manifest;
  const data = Object.entries(fieldsOf(at(manifest, 'data')));
  return {
    ...fieldsOf(manifest),
    data: Object.fromEntries(data.map(([key, value]) => [key, textAt(value).replace(/\s/g, '')])),
  };
}

/** The blocks of YAML on a page, without the indentation that they have in a list. */
function yamlBlocks(page: string): string[] {
  return [...readFileSync(page, 'utf8').matchAll(/^( *)```yaml\n([^]*?)^ *```$/gm)].map(
    ([, indentation = '', block = '']) => block.replaceAll(new RegExp(`^${indentation}`, 'gm'), ''),
  );
}

function renderedByKubectl(path: string): Json[] {
  const text = execFileSync('kubectl', ['kustomize', path], { encoding: 'utf8' });
  const plain = text.replace(/\b((?:daymark|nats)-[a-z-]+)-[a-z0-9]{10}\b/g, '$1');
  return parseAllDocuments(plain).map((document) => unwrapped(document.toJS() as Json));
}

describe('the manifests', () => {
  it.each(overlays)('%s: nothing is wrong', (name) => {
    expect(problemsWith(rendered[name], secretsGivenTo(name))).toEqual([]);
  });

  it('are the four services, one or two of each', () => {
    const replicasIn = (name: keyof typeof rendered) =>
      workloadsIn(rendered[name])
        .filter(({ title }) => title.startsWith('Deployment'))
        .map((each) => [each.name, each.replicas] as const)
        .sort();
    const each = (count: number) => [...services].sort().map((name) => [name, count]);
    expect(replicasIn('base')).toEqual(each(1));
    expect(replicasIn('overlays/try')).toEqual(each(1));
    expect(replicasIn('overlays/try-two')).toEqual(each(2));
  });

  it('name all that the base needs from outside', () => {
    for (const name of ['daymark-database', 'daymark-nats']) {
      const others = fromOutside.filter((each) => each !== name);
      expect(problemsWith(rendered.base, others)).toContainEqual(
        `Deployment scheduling: there is no Secret "${name}"`,
      );
    }
  });

  it.each(yamlFiles.filter((path) => !path.startsWith('overlays/try/')))('%s holds no secret', (path) => {
    for (const document of readYaml(folder(path))) {
      expect(textAt(document, 'kind')).not.toBe('Secret');
      expect(at(document, 'secretGenerator')).toBeUndefined();
    }
  });

  it('are all reached from an overlay', () => {
    const everything = rendered['overlays/try-two'].map(titleOf);
    const written = yamlFiles
      .filter((path) => !path.endsWith('kustomization.yaml'))
      .flatMap((path) => readYaml(folder(path)).map(titleOf));
    expect(written.filter((title) => !everything.includes(title))).toEqual([]);
  });

  itWith(kubectl !== undefined).each(overlays)(`%s: kubectl renders the same${withoutKubectl}`, (name) => {
    const theirs = renderedByKubectl(folder(name));
    const sorted = (manifests: readonly Json[]) =>
      [...manifests].sort((one, two) => titleOf(one).localeCompare(titleOf(two)));
    expect(sorted(theirs)).toEqual(sorted(rendered[name]));
  });

  itWith(kubectl !== undefined)(
    `the overlay for production that README.md shows is right${withoutKubectl}`,
    () => {
      const place = mkdtempSync(join(tmpdir(), 'daymark-k8s-'));
      try {
        cpSync(folder('.'), place, { recursive: true });
        const [kustomization = '', policy = ''] = yamlBlocks(join(place, 'README.md'));
        const own = join(place, 'overlays/own');
        mkdirSync(own);
        writeFileSync(join(own, 'kustomization.yaml'), kustomization.replace('<digest>', 'a'.repeat(64)));
        writeFileSync(join(own, 'network-policies.yaml'), policy);
        const manifests = renderedByKubectl(own);
        expect(problemsWith(manifests, fromOutside)).toEqual([]);
        expect(workloadsIn(manifests).map(({ name, replicas }) => [name, replicas])).toContainEqual([
          ...['scheduling', 2],
        ]);
      } finally {
        rmSync(place, { recursive: true });
      }
    },
  );

  itWith(!('missing' in nats))(
    `nats-server takes its configuration${'missing' in nats ? ` (${nats.missing})` : ''}`,
    () => {
      if ('missing' in nats) return;
      const env = { ...process.env, POD_NAME: 'nats-0', NATS_PASSWORD: 'only-for-trying' };
      const config = folder('components/nats/nats.conf');
      const { status, stderr } = spawnSync(nats.binary, ['-t', '-c', config], { env, encoding: 'utf8' });
      expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringContaining('is valid') });
    },
  );
});

describe('the check', () => {
  const whole = (name: keyof typeof rendered) =>
    rendered[name]
      .map((manifest) => stringify(manifest, { aliasDuplicateObjects: false, lineWidth: 0 }))
      .join('---\n');
  const broken = (text: string) => problemsWith(parseAllDocuments(text).map((each) => each.toJS() as Json));

  it('finds nothing in a copy', () => {
    expect(broken(whole('overlays/try'))).toEqual([]);
  });

  it.each(mistakesInManifests)('finds %s', (_name, from, to, found) => {
    const before = whole('overlays/try');
    const after = before.replace(from, to);
    expect(after === before).toBe(false);
    expect(broken(after)).toContainEqual(expect.stringMatching(found));
  });

  it('finds a budget over one, and several without a budget', () => {
    const two = rendered['overlays/try-two'];
    const budgets = ofKind(two, 'PodDisruptionBudget');
    expect(problemsWith([...rendered['overlays/try'], ...budgets])).toHaveLength(services.length);
    expect(problemsWith(two.filter((each) => !budgets.includes(each)))).toHaveLength(services.length);
  });
});
