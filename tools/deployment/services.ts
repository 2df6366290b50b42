/** Our own containers: named as their app, given what it reads, asked where it answers, ended when it has ended. */
import {
  apps,
  environmentProblems,
  isSecret,
  port,
  stoppingSeconds,
  type Environment,
  type Given,
} from './environment';
import { at, fieldsOf, listAt, textAt, type Json } from './json';
import { ofKind, portOf, titleOf, workloadsIn, type Workload } from './workloads';

const health = {
  startupProbe: '/health/live',
  readinessProbe: '/health/ready',
  livenessProbe: '/health/live',
};

export function serviceProblems(manifests: readonly Json[], known: readonly string[]): string[] {
  const workloads = workloadsIn(manifests);
  const ours = workloads.filter(({ name }) => apps.includes(name));
  return [
    ...ours.flatMap((workload) =>
      [
        ...startProblems(workload),
        ...probeProblems(workload),
        ...endProblems(workload),
        ...environmentProblems(workload.name, environmentIn(workload, manifests), known),
        ...addressProblems(environmentIn(workload, manifests), manifests),
      ].map((problem) => `${workload.title}: ${problem}`),
    ),
    ...workloads.flatMap((workload) => openSecrets(workload)),
    ...ofKind(manifests, 'ConfigMap').flatMap((map) =>
      Object.keys(fieldsOf(at(map, 'data')))
        .filter(isSecret)
        .map((name) => `${titleOf(map)} holds ${name}, which is a secret`),
    ),
  ];
}

const mainOf = ({ containers }: Workload): Json => containers[0] ?? null;

function startProblems(workload: Workload): string[] {
  const args = listAt(mainOf(workload), 'args');
  return [
    ...(args.length === 1 && args[0] === workload.name ? [] : [`it starts ${JSON.stringify(args)}`]),
    ...(at(mainOf(workload), 'command') === undefined ? [] : ['it has a command of its own']),
    ...(portOf(mainOf(workload), port) === undefined ? [`it does not name its port ${port}`] : []),
  ];
}

function probeProblems(workload: Workload): string[] {
  return Object.entries(health)
    .filter(([name, path]) => textAt(mainOf(workload), name, 'httpGet', 'path') !== path)
    .map(([name, path]) => `${name} does not ask ${path}`);
}

function endProblems(workload: Workload): string[] {
  const before = Number(at(mainOf(workload), 'lifecycle', 'preStop', 'sleep', 'seconds') ?? 0);
  const given = Number(at(workload.pod, 'terminationGracePeriodSeconds') ?? 30);
  return [
    ...(before > 0 ? [] : ['nothing is waited for before it is told to end (preStop)']),
    ...(given >= before + stoppingSeconds ? [] : [`${given} s are too short for ${before} s and stopping`]),
  ];
}

/** What its container is given. */
export function environmentIn(workload: Workload, manifests: readonly Json[]): Environment {
  const container = mainOf(workload);
  const fromMaps = listAt(container, 'envFrom').flatMap((from) => {
    const name = textAt(from, 'configMapRef', 'name');
    const map = ofKind(manifests, 'ConfigMap').find((each) => textAt(each, 'metadata', 'name') === name);
    return Object.keys(fieldsOf(at(map, 'data'))).map(
      (key) => [key, { value: textAt(map, 'data', key) }] as const,
    );
  });
  const own = listAt(container, 'env').map(
    (variable) => [textAt(variable, 'name'), givenBy(variable, manifests)] as const,
  );
  return Object.fromEntries([...fromMaps, ...own]);
}

/** A Secret that is among the manifests is read, as its addresses must lead somewhere too. */
function givenBy(variable: Json, manifests: readonly Json[]): Given {
  const reference = at(variable, 'valueFrom', 'secretKeyRef');
  if (reference === undefined) return { value: textAt(variable, 'value') };
  const name = textAt(reference, 'name');
  const secret = ofKind(manifests, 'Secret').find((each) => textAt(each, 'metadata', 'name') === name);
  const kept = textAt(secret, 'data', textAt(reference, 'key'));
  return kept === '' ? { secret: name } : { value: Buffer.from(kept, 'base64').toString() };
}

/** An address without a dot is that of a Service beside us. */
function addressProblems(environment: Environment, manifests: readonly Json[]): string[] {
  return ['DATABASE_URL', 'NATS_URL'].flatMap((name) => {
    const variable = environment[name];
    if (variable === undefined || !('value' in variable) || !URL.canParse(variable.value)) return [];
    const { hostname, port: asked } = new URL(variable.value);
    if (hostname.includes('.')) return [];
    const service = ofKind(manifests, 'Service').find(
      (each) => textAt(each, 'metadata', 'name') === hostname,
    );
    const there = listAt(service, 'spec', 'ports').some((each) => textAt(each, 'port') === asked);
    return there ? [] : [`${name}: no Service ${hostname} has the port ${asked}`];
  });
}

function openSecrets({ title, containers }: Workload): string[] {
  return containers
    .flatMap((container) => listAt(container, 'env'))
    .filter((variable) => isSecret(textAt(variable, 'name')) && at(variable, 'value') !== undefined)
    .map((variable) => `${title} holds the value of ${textAt(variable, 'name')}`);
}
