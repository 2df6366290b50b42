import type { HashAlgorithm } from '../port';

/** A text, what `ROW(…)::text` might print, and its version by each algorithm. */
export type DigestTestVector = Readonly<Record<HashAlgorithm | 'text', string>>;

/**
 * Texts and their versions, as PostgreSQL 15 and 18 computed them in a UTF-8 database. `md5` holds
 * everywhere; a server whose `hashtextextended` differs from these is asked for `md5`.
 */
export const DIGEST_TEST_VECTORS: readonly DigestTestVector[] = [
  {
    text: '',
    hashtextextended: '-6939563903564495251',
    md5: '-3162216497309240828',
  },
  {
    text: 'a',
    hashtextextended: '3591986179850072241',
    md5: '919145239626757800',
  },
  {
    text: '()',
    hashtextextended: '2733329281101762124',
    md5: '-4838923448394723727',
  },
  {
    text: '(1)',
    hashtextextended: '8241016843530791457',
    md5: '8848697065214563511',
  },
  {
    text: '(1,)',
    hashtextextended: '-6314397790167022795',
    md5: '-4564220034612049643',
  },
  {
    text: '(,)',
    hashtextextended: '3799609687445904881',
    md5: '-2222969030690099657',
  },
  {
    text: '(,"")',
    hashtextextended: '-2824247611154478943',
    md5: '5243699951656177276',
  },
  {
    text: '(order-1,2026-03-29,"2026-03-29 00:30:00+00",12.50,"a b")',
    hashtextextended: '2885059858080376381',
    md5: '-576579795168645815',
  },
  {
    text: '("say ""hi""","back\\\\slash","tab\there","line\nbreak")',
    hashtextextended: '-2484147752314652141',
    md5: '2150550669583529932',
  },
  {
    text: '("\u00e8, \u00e9, e\u0301, \u00df, \u65e5\u672c\u8a9e, \ud83d\ude00\ud83d\udc69\u200d\ud83d\ude80")',
    hashtextextended: '-4679938858587164002',
    md5: '2025941946788256567',
  },
  {
    text: '(\\x00ff,t,NaN,Infinity,-0)',
    hashtextextended: '5132055282350192975',
    md5: '-4313862514325273404',
  },
  {
    text: '(0001-01-01,9999-12-31,infinity)',
    hashtextextended: '-4208018391248288302',
    md5: '7202867506649189616',
  },
  {
    text: `("${'x'.repeat(300)} ")`,
    hashtextextended: '-5020802820199279437',
    md5: '8644606974583900715',
  },
  {
    text: '(Åà)',
    hashtextextended: '-175892376631547754',
    md5: '2116952489227978950',
  },
];
