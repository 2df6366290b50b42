/** That every container is as locked up as it can be, and lives and ends as it should. */
import { at, listAt, textAt, type Json } from './json';
import { ofKind, portOf, titleOf, workloadsIn, type Workload } from './workloads';

/** A path from a pod or container, and what must stand there. */
type Rule = readonly [path: readonly string[], wanted: boolean | string | undefined];

const ofPods: readonly Rule[] = [
  [['automountServiceAccountToken'], false],
  [['enableServiceLinks'], false],
  [['securityContext', 'runAsNonRoot'], true],
  [['securityContext', 'seccompProfile', 'type'], 'RuntimeDefault'],
  ...['hostNetwork', 'hostPID', 'hostIPC', 'shareProcessNamespace'].map(
    (name) => [[name], undefined] as const,
  ),
];
const ofContainers: readonly Rule[] = [
  [['securityContext', 'allowPrivilegeEscalation'], false],
  [['securityContext', 'readOnlyRootFilesystem'], true],
  [['securityContext', 'capabilities', 'add'], undefined],
  [['securityContext', 'privileged'], undefined],
  [['securityContext', 'runAsUser'], undefined],
  [['securityContext', 'runAsNonRoot'], undefined],
  [['securityContext', 'seccompProfile'], undefined],
];

export function securityProblems(manifests: readonly Json[]): string[] {
  return [
    ...ofKind(manifests, 'ServiceAccount')
      .filter((each) => at(each, 'automountServiceAccountToken') !== false)
      .map((each) => `${titleOf(each)} hands out a token`),
    ...workloadsIn(manifests).flatMap((workload) => [
      ...podProblems(workload),
      ...workload.containers.flatMap((container) =>
        [
          ...broken(ofContainers, container),
          ...containerProblems(container),
          ...probeProblems(container),
        ].map((problem) => `${workload.title}, ${textAt(container, 'name')}: ${problem}`),
      ),
    ]),
  ];
}

function podProblems({ title, pod }: Workload): string[] {
  const hostPaths = listAt(pod, 'volumes').filter((each) => at(each, 'hostPath') !== undefined);
  return [
    ...broken(ofPods, pod).map((problem) => `${title}: ${problem}`),
    ...(Number(at(pod, 'securityContext', 'runAsUser') ?? 0) > 0 ? [] : [`${title}: runAsUser is no user`]),
    ...hostPaths.map((each) => `${title}: ${textAt(each, 'name')} is a folder of the node`),
  ];
}

function broken(rules: readonly Rule[], place: Json | undefined): string[] {
  return rules
    .filter(([path, wanted]) => at(place, ...path) !== wanted)
    .map(
      ([path, wanted]) => `${path.join('.')} is not ${wanted === undefined ? 'left out' : String(wanted)}`,
    );
}

function containerProblems(container: Json): string[] {
  const drops = listAt(container, 'securityContext', 'capabilities', 'drop');
  const scratch = listAt(container, 'volumeMounts').some((each) => textAt(each, 'mountPath') === '/tmp');
  const image = textAt(container, 'image');
  const sized = [
    ['requests', 'cpu'],
    ['requests', 'memory'],
    ['limits', 'memory'],
  ].filter((path) => textAt(container, 'resources', ...path) === '');
  return [
    ...(drops.length === 1 && drops[0] === 'ALL' ? [] : ['it does not drop ALL capabilities']),
    ...(scratch ? [] : ['it has no /tmp to write to']),
    ...(isPinned(image) ? [] : [`the image "${image}" has neither a version nor a digest`]),
    ...sized.map((path) => `resources.${path.join('.')} is missing`),
  ];
}

/** A version or a digest; a moving tag is none. */
export function isPinned(image: string): boolean {
  const tag = /:([\w][\w.-]*)$/.exec(image)?.[1] ?? '';
  return /@sha256:[0-9a-f]{64}$/.test(image) || /^v?\d+\.\d+/.test(tag);
}

function probeProblems(container: Json): string[] {
  return ['startupProbe', 'readinessProbe', 'livenessProbe'].flatMap((name) => {
    const probe = at(container, name);
    if (probe === undefined) return [`${name} is missing`];
    const asked = at(probe, 'httpGet') ?? at(probe, 'tcpSocket');
    if (asked === undefined) return at(probe, 'exec') === undefined ? [`${name} asks nothing`] : [];
    return portOf(container, at(asked, 'port')) === undefined
      ? [`${name}: there is no port ${textAt(asked, 'port')}`]
      : [];
  });
}
