/** That nothing comes in and nothing goes out but what must, and that both ends of a way are open. */
import { BlockList } from 'node:net';
import { at, fieldsOf, listAt, textAt, textsAt, type Json } from './json';
import { listensOn, ofKind, selects, titleOf, workloadsIn, type Workload } from './workloads';

const metadataAddresses = [
  ['169.254.169.254', 'ipv4'],
  ['fd00:ec2::254', 'ipv6'],
] as const;
/** Who may be reached from anywhere, and who may reach out to anywhere. */
const open = { Ingress: ['admin-gateway'], Egress: ['source-polling', 'sync-execution'] };

type Direction = 'Ingress' | 'Egress';

/** One rule of a policy, with the workloads that it holds for. */
interface Rule {
  readonly title: string;
  readonly direction: Direction;
  readonly of: readonly Workload[];
  /** The pods at the other end that are among ours. */
  readonly peers: readonly Workload[];
  /** Whether it names anybody at the other end. */
  readonly anywhere: boolean;
  readonly blocks: readonly Json[];
  readonly ports: readonly Json[];
  /** Whether a peer is in another namespace, where we cannot see it. */
  readonly elsewhere: boolean;
}

export function networkProblems(manifests: readonly Json[]): string[] {
  const workloads = workloadsIn(manifests);
  const policies = ofKind(manifests, 'NetworkPolicy');
  const rules = policies.flatMap((policy) => rulesOf(policy, workloads));
  return [
    ...(policies.some(deniesAll) ? [] : ['no NetworkPolicy denies everything by default']),
    ...policies.flatMap((policy) => emptyProblems(policy, workloads)),
    ...rules.flatMap(ruleProblems),
    ...rules.flatMap((rule) => halfOpen(rule, rules)),
    ...workloads
      .filter((workload) => !rules.some((rule) => isNames(rule) && rule.of.includes(workload)))
      .map(({ title }) => `${title} may not look up names`),
  ];
}

const rulesIn = (policy: Json, direction: Direction): readonly Json[] =>
  listAt(policy, 'spec', direction.toLowerCase());

function deniesAll(policy: Json): boolean {
  const selector = at(policy, 'spec', 'podSelector');
  return (
    Object.keys(fieldsOf(selector)).length === 0 &&
    (['Ingress', 'Egress'] as const).every(
      (direction) =>
        listAt(policy, 'spec', 'policyTypes').includes(direction) && rulesIn(policy, direction).length === 0,
    )
  );
}

function rulesOf(policy: Json, workloads: readonly Workload[]): Rule[] {
  const of = workloads.filter(({ labels }) => selects(at(policy, 'spec', 'podSelector'), labels));
  return (['Ingress', 'Egress'] as const).flatMap((direction) =>
    rulesIn(policy, direction).map((rule) => {
      const ends = listAt(rule, direction === 'Ingress' ? 'from' : 'to');
      const here = ends.filter((end) => at(end, 'podSelector') !== undefined && !isElsewhere(end));
      return {
        ...{ title: titleOf(policy), direction, of, ports: listAt(rule, 'ports') },
        peers: workloads.filter(({ labels }) => here.some((end) => selects(at(end, 'podSelector'), labels))),
        anywhere: ends.length === 0,
        blocks: ends.flatMap((end) => at(end, 'ipBlock') ?? []),
        elsewhere: ends.some(isElsewhere),
      };
    }),
  );
}

const isElsewhere = (end: Json): boolean => at(end, 'namespaceSelector') !== undefined;

function isNames({ direction, ports, elsewhere }: Rule): boolean {
  const protocols = ports.filter((port) => at(port, 'port') === 53).map((port) => textAt(port, 'protocol'));
  return direction === 'Egress' && elsewhere && ['TCP', 'UDP'].every((each) => protocols.includes(each));
}

/** A direction without a rule denies; a policy that selects nobody, or a rule for a direction not named, does nothing. */
function emptyProblems(policy: Json, workloads: readonly Workload[]): string[] {
  const nobody = !workloads.some(({ labels }) => selects(at(policy, 'spec', 'podSelector'), labels));
  const idle = (['Ingress', 'Egress'] as const).filter(
    (direction) =>
      rulesIn(policy, direction).length > 0 && !listAt(policy, 'spec', 'policyTypes').includes(direction),
  );
  return [
    ...(nobody ? [`${titleOf(policy)} is for no pod`] : []),
    ...idle.map((direction) => `${titleOf(policy)}: ${direction} is not among its types`),
  ];
}

function ruleProblems(rule: Rule): string[] {
  const { title, direction, of, peers, ports } = rule;
  const targets = direction === 'Ingress' ? of : peers;
  const deaf = targets.flatMap((target) =>
    ports
      .filter((port) => !listensOn(target, at(port, 'port')))
      .map((port) => `${title}: ${target.title} does not listen on ${textAt(port, 'port')}`),
  );
  const nobody = !rule.anywhere && !rule.elsewhere && rule.blocks.length === 0 && peers.length === 0;
  return [
    ...deaf,
    ...widthProblems(rule),
    ...(nobody ? [`${title}: there is nobody at the other end`] : []),
    ...(ports.length > 0 ? [] : [`${title}: a rule opens every port and protocol`]),
  ];
}

function widthProblems({ title, direction, of, anywhere, blocks }: Rule): string[] {
  const wide = anywhere || blocks.some((block) => textAt(block, 'cidr').endsWith('/0'));
  const tooWide = wide ? of.filter(({ name }) => !open[direction].includes(name)) : [];
  const metadata = (anywhere && direction === 'Egress') || blocks.some(reachesMetadata);
  return [
    ...tooWide.map((workload) => `${title} opens ${workload.title} to strangers`),
    ...(metadata ? [`${title} lets the metadata address be reached`] : []),
  ];
}

function reachesMetadata(block: Json): boolean {
  const within = listOf([textAt(block, 'cidr')]);
  const except = listOf(textsAt(block, 'except'));
  return metadataAddresses.some(
    ([address, family]) =>
      family === familyOf(textAt(block, 'cidr')) &&
      within.check(address, family) &&
      !except.check(address, family),
  );
}

const familyOf = (cidr: string) => (cidr.includes(':') ? 'ipv6' : 'ipv4');

function listOf(cidrs: readonly string[]): BlockList {
  const list = new BlockList();
  for (const cidr of cidrs) {
    const [network = '', bits] = cidr.split('/');
    list.addSubnet(network, Number(bits), familyOf(cidr));
  }
  return list;
}

/** A way among our own pods needs a rule at each end. */
function halfOpen(rule: Rule, rules: readonly Rule[]): string[] {
  const other = rule.direction === 'Ingress' ? 'Egress' : 'Ingress';
  return rule.peers.flatMap((peer) =>
    rule.of
      .filter((own) => {
        const back = rules.filter((each) => each.direction === other && each.of.includes(peer));
        return !back.some((each) => (each.anywhere || each.peers.includes(own)) && sharePort(each, rule));
      })
      .map((own) => `${rule.title}: ${own.title} and ${peer.title}: the other end is closed`),
  );
}

const sharePort = (one: Rule, two: Rule): boolean =>
  one.ports.some((port) => two.ports.some((each) => at(each, 'port') === at(port, 'port')));
