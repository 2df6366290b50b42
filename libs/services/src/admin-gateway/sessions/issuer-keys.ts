import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';

const fetchMs = 5_000;
/** Fetched anew after this. */
const freshMs = 10 * 60_000;
/** While the issuer is out of reach, kept keys count for this long: an outage of an hour locks nobody out. */
const keptMs = 60 * 60_000;
/** An unknown key id, or a fetch that failed, leads to another fetch no sooner than this. */
const pauseMs = 30_000;
const largestBytes = 256 * 1024;

export interface KeysOptions {
  /** The time now, in milliseconds. */
  readonly now: () => number;
  /** Told when the keys cannot be fetched, once per attempt. */
  readonly onFault: (fault: unknown) => void;
}

/** The issuer's keys are not to be had: nobody can be let in by them. */
export class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable';
}

/**
 * The keys that an issuer publishes, chosen by the token's `kid`; where they are published is configured, never taken
 * from a token.
 */
export function issuerKeys(url: string, options: KeysOptions): JWTVerifyGetKey {
  const keys = new IssuerKeys(url, options);
  return async (header, token) => {
    try {
      return await (
        await keys.current()
      )(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      return (await keys.newer())(header, token);
    }
  };
}

type KeySet = ReturnType<typeof createLocalJWKSet>;

class IssuerKeys {
  private kept: { readonly set: KeySet; readonly at: number } | undefined;
  private triedAt = -Infinity;
  private fetching: Promise<void> | undefined;

  constructor(
    private readonly url: string,
    private readonly options: KeysOptions,
  ) {}

  async current(): Promise<KeySet> {
    if (this.age() >= freshMs) await this.refresh();
    return this.usable();
  }

  async newer(): Promise<KeySet> {
    await this.refresh();
    return this.usable();
  }

  private usable(): KeySet {
    if (this.kept === undefined || this.age() >= keptMs)
      throw new KeysUnavailable('the keys of the issuer are not known');
    return this.kept.set;
  }

  private age(): number {
    return this.kept === undefined ? Infinity : this.options.now() - this.kept.at;
  }

  private async refresh(): Promise<void> {
    if (this.fetching === undefined && this.options.now() - this.triedAt >= pauseMs) {
      this.triedAt = this.options.now();
      this.fetching = this.fetch().finally(() => {
        this.fetching = undefined;
      });
    }
    await this.fetching;
  }

  private async fetch(): Promise<void> {
    try {
      const set = createLocalJWKSet(await fetched(this.url));
      this.kept = { set, at: this.options.now() };
    } catch (fault) {
      this.options.onFault(fault);
    }
  }
}

async function fetched(url: string): Promise<JSONWebKeySet> {
  const response = await fetch(url, {
    redirect: 'error',
    headers: { accept: 'application/json' },
    signal: AbortSignal.timeout(fetchMs),
  });
  if (!response.ok || response.body === null) throw new Error(`the issuer answered ${response.status}`);
  const parts: Uint8Array[] = [];
  let bytes = 0;
  const body: ReadableStream<Uint8Array> = response.body;
  const reader = body.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    bytes += next.value.byteLength;
    if (bytes > largestBytes) throw new Error('the issuer answered with more than 256 KiB');
    parts.push(next.value);
  }
  return JSON.parse(Buffer.concat(parts).toString('utf8')) as JSONWebKeySet;
}
