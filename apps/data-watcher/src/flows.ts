import { between, pick, type Random, randomFor, uuidFor } from './random';

/** One file transfer. Instants are RFC 3339 in UTC. */
export interface Flow {
  readonly flowId: string;
  readonly partner: string;
  readonly protocol: string;
  readonly direction: 'INBOUND' | 'OUTBOUND';
  readonly status: 'RUNNING' | 'COMPLETED' | 'FAILED';
  readonly fileName: string;
  readonly bytes: bigint;
  readonly attempts: number;
  readonly startedAt: string;
  /** Null while it runs. */
  readonly endedAt: string | null;
  /** Why it failed. */
  readonly failure: string | null;
}

/** A calendar date with the instants at which it begins and ends in the source's zone, in milliseconds. */
export interface DayBounds {
  readonly day: string;
  /** 1 is Monday. */
  readonly weekday: number;
  readonly startsAt: number;
  readonly endsAt: number;
}

interface Partner {
  readonly name: string;
  readonly protocol: string;
  readonly document: string;
  readonly extension: string;
}

const partners: readonly [Partner, ...Partner[]] = [
  { name: 'Banca Adriatica', protocol: 'SFTP', document: 'payments', extension: 'xml' },
  { name: 'Banca Adriatica', protocol: 'SFTP', document: 'statements', extension: 'xml' },
  { name: 'Nordic Freight', protocol: 'AS2', document: 'despatch', extension: 'edi' },
  { name: 'Nordic Freight', protocol: 'AS2', document: 'invoices', extension: 'edi' },
  { name: 'Müller Pharma', protocol: 'FTPS', document: 'batch-records', extension: 'csv.gz' },
  { name: 'Tributi Regionali', protocol: 'HTTPS', document: 'receipts', extension: 'xml.p7m' },
  { name: 'Aurora Retail', protocol: 'SFTP', document: 'sales', extension: 'csv' },
  { name: 'Aurora Retail', protocol: 'HTTPS', document: 'stock', extension: 'json' },
  { name: 'Société Générale des Ports', protocol: 'FTPS', document: 'manifests', extension: 'zip' },
  { name: 'Kestrel Insurance', protocol: 'AS2', document: 'claims', extension: 'edi' },
];

const failures: readonly [string, ...string[]] = [
  'connection reset by peer',
  'remote disk quota exceeded',
  'MDN not received in time',
  'host key changed',
  'checksum mismatch',
];

/** How busy each hour is: batches after midnight, the working day, the closing in the evening. */
const hourly = [14, 20, 16, 6, 4, 5, 12, 26, 44, 52, 50, 46, 34, 36, 46, 48, 44, 36, 26, 18, 14, 24, 28, 18];
const hourlyTotal = hourly.reduce((sum, weight) => sum + weight, 0);

/**
 * Everything that starts on a day, as it will have ended, in order: a function of the seed and the day alone, so that
 * the same day can be filled again, or in parts.
 */
export function flowsOfDay(seed: string, bounds: DayBounds): Flow[] {
  const label = `${seed}/${bounds.day}`;
  const random = randomFor(label);
  const count = Math.round(dailyVolume(random, bounds.weekday));
  const flows = Array.from({ length: count }, (_, index) => {
    const startedAt = Math.floor(bounds.startsAt + fractionOfDay(random) * (bounds.endsAt - bounds.startsAt));
    return endFlow(
      random,
      startFlow(random, uuidFor(`${label}/${index}`), startedAt),
      startedAt + duration(random),
    );
  });
  return flows.sort((a, b) => (a.startedAt < b.startedAt ? -1 : Number(a.startedAt > b.startedAt)));
}

/** The day as it stands at an instant: what has started by then, and is still running if it ends later. */
export function flowsUntil(flows: readonly Flow[], now: number): Flow[] {
  const instant = instantOf(now);
  return flows
    .filter((flow) => flow.startedAt <= instant)
    .map((flow) =>
      flow.endedAt !== null && flow.endedAt > instant
        ? { ...flow, status: 'RUNNING', bytes: 0n, endedAt: null, failure: null }
        : flow,
    );
}

/** A flow that has just begun. */
export function startFlow(random: Random, flowId: string, startedAt: number): Flow {
  const partner = pick(random, partners);
  const started = instantOf(startedAt);
  const number = Math.floor(between(random, 1, 9_999))
    .toString()
    .padStart(4, '0');
  return {
    flowId,
    partner: partner.name,
    protocol: partner.protocol,
    direction: random() < 0.6 ? 'INBOUND' : 'OUTBOUND',
    status: 'RUNNING',
    fileName: `${partner.document}-${started.slice(0, 10).replaceAll('-', '')}-${number}.${partner.extension}`,
    bytes: 0n,
    attempts: 1,
    startedAt: started,
    endedAt: null,
    failure: null,
  };
}

/** The same flow once it has ended, well or (one in thirty) not. */
export function endFlow(random: Random, flow: Flow, endedAt: number): Flow {
  const failed = random() < 1 / 30;
  const size = sizeOf(random);
  return {
    ...flow,
    status: failed ? 'FAILED' : 'COMPLETED',
    bytes: BigInt(Math.floor(failed ? size * random() : size)),
    attempts: failed ? 3 : flow.attempts,
    endedAt: instantOf(endedAt),
    failure: failed ? pick(random, failures) : null,
  };
}

export function instantOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

/** Most files are small, few are very large: 2 KB to 4 GB. */
function sizeOf(random: Random): number {
  return 2_000 * Math.exp(between(random, 0, 1) ** 2 * Math.log(2_000_000));
}

/** Seconds for most, some minutes for few; in milliseconds. */
function duration(random: Random): number {
  return Math.floor(800 * Math.exp(between(random, 0, 1) ** 2 * Math.log(600)));
}

function dailyVolume(random: Random, weekday: number): number {
  if (weekday === 7) return between(random, 300, 450);
  if (weekday === 6) return between(random, 500, 750);
  return between(random, 1_300, 2_000);
}

function fractionOfDay(random: Random): number {
  let left = random() * hourlyTotal;
  let hour = 0;
  for (const weight of hourly) {
    if (left < weight) break;
    left -= weight;
    hour += 1;
  }
  return (Math.min(hour, 23) + random()) / 24;
}
