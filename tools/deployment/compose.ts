/** compose.yaml, held to the same as the manifests. */
import { apps, environmentProblems, isSecret, port, stoppingSeconds, type Environment } from './environment';
import { at, fieldsOf, listAt, textAt, textsAt, type Json } from './json';
import { isPinned } from './security';

/** A secret comes from outside, and without it nothing starts. */
const fromOutside = /\$\{\w+:\?[^}]*\}/;

export function composeProblems(compose: Json, known: readonly string[]): string[] {
  const services = fieldsOf(at(compose, 'services'));
  return Object.entries(services).flatMap(([name, service]) =>
    [
      ...lockProblems(service),
      ...secretProblems(service),
      ...neighbourProblems(service, services),
      ...portProblems(name, service),
      ...(apps.includes(name) ? appProblems(name, service, known) : []),
    ].map((problem) => `${name}: ${problem}`),
  );
}

function lockProblems(service: Json): string[] {
  const rules: readonly (readonly [boolean, string])[] = [
    [at(service, 'read_only') === true, 'its root can be written'],
    [textsAt(service, 'cap_drop').join() === 'ALL', 'it does not drop ALL capabilities'],
    [at(service, 'cap_add') === undefined, 'it adds capabilities'],
    [at(service, 'privileged') === undefined, 'it is privileged'],
    [listAt(service, 'security_opt').includes('no-new-privileges:true'), 'it may gain privileges'],
    [/^[1-9]\d*:[1-9]\d*$/.test(textAt(service, 'user')), 'its user is not a number above 0'],
    [textsAt(service, 'tmpfs').some((each) => each.startsWith('/tmp:')), 'it has no /tmp to write to'],
    [textAt(service, 'mem_limit') !== '', 'its memory has no limit'],
    [isPinned(textAt(service, 'image')), 'its image has neither a version nor a digest'],
    [listAt(service, 'healthcheck', 'test')[0] === 'CMD', 'nobody asks for its health'],
  ];
  return rules.filter(([holds]) => !holds).map(([, problem]) => problem);
}

function secretProblems(service: Json): string[] {
  return Object.entries(fieldsOf(at(service, 'environment')))
    .filter(([name, value]) => isSecret(name) && !fromOutside.test(textAt(value)))
    .map(([name]) => `${name} does not come from outside`);
}

function neighbourProblems(service: Json, services: Readonly<Record<string, Json>>): string[] {
  const awaited = Object.keys(fieldsOf(at(service, 'depends_on')));
  const asked = ['DATABASE_URL', 'NATS_URL'].flatMap((name) => {
    const [, host] = /@([\w-]+):\d+/.exec(textAt(service, 'environment', name)) ?? [];
    return host === undefined ? [] : [host];
  });
  return [
    ...[...awaited, ...asked].filter((name) => !(name in services)).map((name) => `there is no ${name}`),
    ...asked.filter((name) => !awaited.includes(name)).map((name) => `it does not wait for ${name}`),
  ];
}

function portProblems(name: string, service: Json): string[] {
  const ports = textsAt(service, 'ports');
  if (!['admin-gateway', 'standalone'].includes(name))
    return ports.map((each) => `${each} is open to strangers`);
  return ports
    .filter((each) => !new RegExp(`^127\\.0\\.0\\.1:\\d+:${port}$`).test(each))
    .map((each) => `${each} is not its port, on this machine only`);
}

function appProblems(name: string, service: Json, known: readonly string[]): string[] {
  const given: Environment = Object.fromEntries(
    Object.entries(fieldsOf(at(service, 'environment'))).map(([variable, value]) => {
      const text = textAt(value).replace(/\$\{\w+:-([^}]*)\}/g, '$1');
      return [variable, fromOutside.test(text) ? { secret: text } : { value: text }];
    }),
  );
  const grace = Number.parseInt(textAt(service, 'stop_grace_period'), 10);
  const command = listAt(service, 'command');
  return [
    ...(command.length === 1 && command[0] === name ? [] : [`it starts ${JSON.stringify(command)}`]),
    ...(grace > stoppingSeconds ? [] : ['stopping may take longer than it is given']),
    ...environmentProblems(name, given, known),
  ];
}
