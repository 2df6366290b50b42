/** That what is named is there: pods, ports, accounts, ConfigMaps, Secrets, volumes, budgets. */
import { at, fieldsOf, listAt, textAt, type Json } from './json';
import { listensOn, ofKind, repeated, selects, titleOf, workloadsIn, type Workload } from './workloads';

/** `given` are the Secrets that the rendered manifests leave to whoever applies them. */
export function referenceProblems(manifests: readonly Json[], given: readonly string[]): string[] {
  const workloads = workloadsIn(manifests);
  return [
    ...repeated(manifests).map((title) => `${title} is there twice`),
    ...workloads.flatMap((each) => ownSelectors(each)),
    ...ofKind(manifests, 'Service').flatMap((each) => serviceProblems(each, workloads)),
    ...workloads.flatMap((each) => accountProblems(each, manifests)),
    ...workloads.flatMap((each) => sourceProblems(each, manifests, given)),
    ...workloads.flatMap(mountProblems),
    ...budgetProblems(manifests, workloads),
  ];
}

function ownSelectors({ title, manifest, labels, pod }: Workload): string[] {
  const selector = at(manifest, 'spec', 'selector');
  const own = Object.keys(fieldsOf(at(selector, 'matchLabels'))).length > 0 && selects(selector, labels);
  const spread = listAt(pod, 'topologySpreadConstraints').filter(
    (each) => !selects(at(each, 'labelSelector'), labels),
  );
  return [
    ...(own ? [] : [`${title}: its selector does not select its pods`]),
    ...spread.map(() => `${title}: it spreads other pods than its own`),
  ];
}

function serviceProblems(service: Json, workloads: readonly Workload[]): string[] {
  const matchLabels = at(service, 'spec', 'selector') ?? null;
  const targets = workloads.filter(({ labels }) => selects({ matchLabels }, labels));
  const [target] = targets;
  if (target === undefined || targets.length > 1)
    return [`${titleOf(service)} selects ${targets.length} workloads`];
  return listAt(service, 'spec', 'ports')
    .filter((port) => !listensOn(target, at(port, 'targetPort') ?? at(port, 'port')))
    .map((port) => `${titleOf(service)}: ${target.title} has no port ${textAt(port, 'targetPort')}`);
}

function accountProblems({ title, manifest, pod }: Workload, manifests: readonly Json[]): string[] {
  const has = (kind: string, name: string) =>
    ofKind(manifests, kind).some((each) => textAt(each, 'metadata', 'name') === name);
  const account = textAt(pod, 'serviceAccountName');
  const service = textAt(manifest, 'spec', 'serviceName');
  return [
    ...(has('ServiceAccount', account) ? [] : [`${title}: there is no ServiceAccount "${account}"`]),
    ...(service === '' || has('Service', service) ? [] : [`${title}: there is no Service "${service}"`]),
  ];
}

/** A ConfigMap or Secret that is named somewhere, and the key of it that is. */
interface Source {
  readonly kind: 'ConfigMap' | 'Secret';
  readonly name: string;
  readonly key: string;
  readonly optional: boolean;
}

function sourceProblems(workload: Workload, manifests: readonly Json[], given: readonly string[]): string[] {
  return sourcesOf(workload)
    .filter(({ optional }) => !optional)
    .flatMap(({ kind, name, key }) => {
      const found = ofKind(manifests, kind).find((each) => textAt(each, 'metadata', 'name') === name);
      if (found === undefined)
        return kind === 'Secret' && given.includes(name)
          ? []
          : [`${workload.title}: there is no ${kind} "${name}"`];
      return key === '' || key in fieldsOf(at(found, 'data'))
        ? []
        : [`${workload.title}: ${kind} ${name} has no key "${key}"`];
    });
}

function sourcesOf({ containers, pod }: Workload): Source[] {
  const source = (kind: Source['kind'], value: Json | undefined, name = 'name'): Source[] =>
    value === undefined
      ? []
      : [
          {
            ...{ kind, name: textAt(value, name), key: textAt(value, 'key') },
            optional: at(value, 'optional') === true,
          },
        ];
  return [
    ...containers
      .flatMap((container) => listAt(container, 'env'))
      .flatMap((variable) => [
        ...source('Secret', at(variable, 'valueFrom', 'secretKeyRef')),
        ...source('ConfigMap', at(variable, 'valueFrom', 'configMapKeyRef')),
      ]),
    ...containers
      .flatMap((container) => listAt(container, 'envFrom'))
      .flatMap((from) => [
        ...source('Secret', at(from, 'secretRef')),
        ...source('ConfigMap', at(from, 'configMapRef')),
      ]),
    ...listAt(pod, 'volumes').flatMap((volume) => [
      ...source('Secret', at(volume, 'secret'), 'secretName'),
      ...source('ConfigMap', at(volume, 'configMap')),
    ]),
  ];
}

function mountProblems({ title, manifest, pod, containers }: Workload): string[] {
  const volumes = listAt(pod, 'volumes').map((each) => textAt(each, 'name'));
  const claims = listAt(manifest, 'spec', 'volumeClaimTemplates').map((each) =>
    textAt(each, 'metadata', 'name'),
  );
  const mounted = containers
    .flatMap((each) => listAt(each, 'volumeMounts'))
    .map((each) => textAt(each, 'name'));
  const there = [...volumes, ...claims];
  return [
    ...mounted
      .filter((name) => !there.includes(name))
      .map((name) => `${title}: there is no volume "${name}"`),
    ...there.filter((name) => !mounted.includes(name)).map((name) => `${title}: nobody mounts "${name}"`),
  ];
}

/** A budget over a single pod would keep its node from ever being drained. */
function budgetProblems(manifests: readonly Json[], workloads: readonly Workload[]): string[] {
  const budgets = ofKind(manifests, 'PodDisruptionBudget').map((budget) => ({
    title: titleOf(budget),
    over: workloads.filter(({ labels }) => selects(at(budget, 'spec', 'selector'), labels)),
  }));
  return [
    ...budgets
      .filter(({ over }) => over.length !== 1 || over.some(({ replicas }) => replicas < 2))
      .map(({ title }) => `${title} is not over one workload with several replicas`),
    ...workloads
      .filter((each) => each.replicas > 1 && !budgets.some(({ over }) => over.includes(each)))
      .map(({ title }) => `${title} has several replicas and no budget`),
  ];
}
