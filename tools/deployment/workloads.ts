/** Deployments and StatefulSets, and what selects their pods. */
import { at, fieldsOf, listAt, textAt, type Json } from './json';

export interface Workload {
  /** For problems: kind and name. */
  readonly title: string;
  readonly name: string;
  readonly manifest: Json;
  readonly labels: Json | undefined;
  readonly pod: Json | undefined;
  readonly containers: readonly Json[];
  readonly replicas: number;
}

export const titleOf = (manifest: Json): string =>
  `${textAt(manifest, 'kind')} ${textAt(manifest, 'metadata', 'name')}`;

export const ofKind = (manifests: readonly Json[], ...kinds: readonly string[]): readonly Json[] =>
  manifests.filter((each) => kinds.includes(textAt(each, 'kind')));

export function workloadsIn(manifests: readonly Json[]): Workload[] {
  return ofKind(manifests, 'Deployment', 'StatefulSet').map((manifest) => {
    const pod = at(manifest, 'spec', 'template', 'spec');
    return {
      ...{ title: titleOf(manifest), name: textAt(manifest, 'metadata', 'name'), manifest, pod },
      labels: at(manifest, 'spec', 'template', 'metadata', 'labels'),
      containers: [...listAt(pod, 'initContainers'), ...listAt(pod, 'containers')],
      replicas: Number(at(manifest, 'spec', 'replicas') ?? 1),
    };
  });
}

/** An empty selector selects all, as in Kubernetes. Of expressions, `In` is read; another one selects nothing. */
export function selects(selector: Json | undefined, labels: Json | undefined): boolean {
  const wanted = Object.entries(fieldsOf(at(selector, 'matchLabels')));
  const expressions = listAt(selector, 'matchExpressions');
  return (
    wanted.every(([name, value]) => fieldsOf(labels)[name] === value) &&
    expressions.every(
      (each) =>
        textAt(each, 'operator') === 'In' &&
        listAt(each, 'values').includes(fieldsOf(labels)[textAt(each, 'key')] ?? null),
    )
  );
}

/** The number behind a port that is given by number or by name. */
export function portOf(container: Json, given: Json | undefined): number | undefined {
  const port = listAt(container, 'ports').find(
    (each) => at(each, 'containerPort') === given || at(each, 'name') === given,
  );
  return port === undefined ? undefined : Number(at(port, 'containerPort'));
}

export const listensOn = (workload: Workload, port: Json | undefined): boolean =>
  workload.containers.some((container) => portOf(container, port) !== undefined);

/** Whether a name is given twice among the same kind. */
export function repeated(manifests: readonly Json[]): string[] {
  const titles = manifests.map(titleOf);
  return titles.filter((title, index) => titles.indexOf(title) !== index);
}
