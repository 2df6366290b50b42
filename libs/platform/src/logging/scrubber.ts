const MASK = '[secret]';
const shortest = 4;

/** Keeps secrets out of log lines, wherever in a line they come up (an error's message, an address). */
export interface Scrubber {
  /** Remembers a value. One shorter than 4 characters is ignored: it would blacken half of every line. */
  readonly registerSecret: (value: string) => void;
  /** The JSON line without any registered value; still JSON. */
  readonly scrub: (line: string) => string;
}

/** A scrubber that knows no secret yet. */
export function createScrubber(): Scrubber {
  let spellings: readonly string[] = [];
  return {
    registerSecret: (value) => {
      if (value.length < shortest) return;
      const all = new Set([...spellings, ...spellingsOf(value)]);
      // The longest first, so that none leaves half of another.
      spellings = [...all].sort((a, b) => b.length - a.length);
    },
    scrub: (line) => {
      const found = spellings.some((spelling) => line.includes(spelling) || line.includes(escaped(spelling)));
      return found ? `${JSON.stringify(clean(JSON.parse(line), spellings))}\n` : line;
    },
  };
}

/** As it is, as JSON inside a text holds it, as an address holds it. */
const spellingsOf = (value: string): string[] => [value, escaped(value), encodeURIComponent(value)];

const escaped = (value: string): string => JSON.stringify(value).slice(1, -1);

function clean(value: unknown, spellings: readonly string[]): unknown {
  if (typeof value === 'string') return mask(value, spellings);
  if (Array.isArray(value)) return value.map((item) => clean(item, spellings));
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value);
    return Object.fromEntries(entries.map(([name, item]) => [mask(name, spellings), clean(item, spellings)]));
  }
  const text = JSON.stringify(value);
  const masked = mask(text, spellings);
  return masked === text ? value : masked;
}

function mask(text: string, spellings: readonly string[]): string {
  return spellings.reduce((masked, spelling) => masked.replaceAll(spelling, MASK), text);
}
