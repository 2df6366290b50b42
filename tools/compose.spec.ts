/** Dockerfile and compose.yaml by structure. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { composeProblems } from './deployment/compose';
import { apps, knownVariables } from './deployment/environment';
import { at, listAt, textAt, textsAt, type Json } from './deployment/json';
import { readYaml, render } from './deployment/kustomization';
import { mistakesInCompose } from './deployment/mistakes';
import { isPinned } from './deployment/security';
import { workloadsIn } from './deployment/workloads';

const root = resolve(__dirname, '..');
const known = knownVariables(root);
const manifests = render(join(root, 'k8s/overlays/try'));
const compose = readYaml(join(root, 'compose.yaml'))[0] ?? null;

describe('compose.yaml', () => {
  it('is right, and names every app', () => {
    expect(composeProblems(compose, known)).toEqual([]);
    expect(Object.keys(at(compose, 'services') ?? {})).toEqual([...apps, 'nats', 'postgres']);
  });

  it.each(mistakesInCompose)('the check finds %s', (_name, from, to, found) => {
    const before = readFileSync(join(root, 'compose.yaml'), 'utf8');
    const after = before.replace(from, to);
    expect(after === before).toBe(false);
    expect(composeProblems(parse(after, { merge: true }) as Json, known)).toContainEqual(
      expect.stringMatching(found),
    );
  });

  it('runs the versions that the manifests run', () => {
    const images = workloadsIn(manifests).map(({ containers }) => textAt(containers[0], 'image'));
    const ofCompose = Object.values(at(compose, 'services') ?? {}).map((each) =>
      textAt(each as Json, 'image'),
    );
    expect(new Set(ofCompose)).toEqual(new Set(images));
  });
});

describe('Dockerfile', () => {
  const lines = readFileSync(join(root, 'Dockerfile'), 'utf8')
    .replace(/\\\n\s*/g, '')
    .split('\n');
  const instructions = (name: string) =>
    lines.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1));

  it('takes both bases from the builder, by digest, and guesses none', () => {
    expect(instructions('FROM')).toEqual(['${BUILD_IMAGE} AS build', '${RUN_IMAGE}']);
    expect(instructions('ARG').filter((each) => each.includes('='))).toEqual([]);
    expect(isPinned(`node@sha256:${'0'.repeat(64)}`)).toBe(true);
  });

  it('becomes a user by number, asks for its health, and needs no shell', () => {
    const last = lines.slice(lines.lastIndexOf('FROM ${RUN_IMAGE}'));
    expect(last.filter((line) => line.startsWith('RUN '))).toEqual([]);
    expect(last).toContain('USER 65532:65532');
    for (const name of ['ENTRYPOINT', 'CMD'])
      expect(textsAt(parse(instructions(name)[0] ?? '') as Json)).not.toEqual([]);
    expect(instructions('HEALTHCHECK')[0]).toContain('CMD ["/nodejs/bin/node", "/app/healthcheck.mjs"]');
  });

  it('starts as the manifests and compose.yaml expect', () => {
    const ours = workloadsIn(manifests).filter(({ name }) => apps.includes(name));
    const users = ours.map(({ pod }) => at(pod, 'securityContext', 'runAsUser'));
    expect(users).toEqual([65_532, 65_532, 65_532, 65_532]);
    expect(instructions('ENTRYPOINT')).toEqual(['["/nodejs/bin/node", "/app/launch.mjs"]']);
    expect(listAt(compose, 'services', 'scheduling', 'healthcheck', 'test').slice(1)).toEqual([
      ...['/nodejs/bin/node', '/app/healthcheck.mjs'],
    ]);
  });

  it('holds no secret', () => {
    const names = instructions('ENV').flatMap((line) =>
      line.split(' ').map((each) => each.split('=')[0] ?? ''),
    );
    expect(names.filter((name) => !['NODE_ENV', 'HOST', 'PORT', 'DAYMARK_HOME'].includes(name))).toEqual([]);
  });
});
