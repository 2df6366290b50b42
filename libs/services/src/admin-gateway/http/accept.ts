interface Range {
  readonly type: string;
  readonly quality: number;
  /** Where it stands among the others. */
  readonly place: number;
}

/**
 * Which of the media types on offer the client prefers: by quality, then the one that it names most exactly, then the
 * one that it names first, then the one offered first. Parameters but `q` are not compared. Null when none will do.
 */
export function preferredType<Type extends string>(
  accept: string | undefined,
  offered: readonly Type[],
): Type | null {
  const header = accept === undefined || accept.trim() === '' ? '*/*' : accept;
  const ranges = header.split(',').flatMap(rangeIn);
  const wanted = offered.flatMap((type) => {
    const range = ranges.filter((one) => covers(one.type, type)).sort(byExactness)[0];
    return range === undefined || range.quality === 0 ? [] : [{ type, range }];
  });
  const [best] = wanted.sort(
    (a, b) =>
      b.range.quality - a.range.quality || byExactness(a.range, b.range) || a.range.place - b.range.place,
  );
  return best?.type ?? null;
}

function rangeIn(text: string, place: number): Range[] {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const given = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1';
  return /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(given) ? [{ type, quality: Number(given), place }] : [];
}

function covers(range: string, type: string): boolean {
  return range === type || range === '*/*' || (range.endsWith('/*') && type.startsWith(range.slice(0, -1)));
}

function byExactness(a: Range, b: Range): number {
  return exactness(b.type) - exactness(a.type);
}

function exactness(range: string): number {
  if (range === '*/*') return 0;
  return range.endsWith('/*') ? 1 : 2;
}
