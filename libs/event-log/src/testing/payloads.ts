import { describe, expect, it } from '@jest/globals';
import { MAX_APPEND_BYTES, type JsonObject } from '../port';
import { streamId } from '../stream-id';
import type { Bench } from './bench';
import { Follower } from './follower';
import { noStream, sample } from './samples';

const payloads: Readonly<Record<string, string>> = {
  'an empty object': '{}',
  'nulls, booleans and empty arrays': '{"a":null,"b":[],"c":[null,true,false,[{}]]}',
  'unicode beyond the first plane': '{"text":"Ünïcödé — 日本語 🗓️ e\u0301"}',
  'NUL and control characters': '{"text":"a\\u0000b\\u001f\\n\\t","\\u0000":"key"}',
  'lone surrogates': '{"high":"\\ud800","low":"\\udc00","key\\udfff":1}',
  'quotes, backslashes and braces': '{"text":"\\"\\\\{},NULL\\\\u0000\'$1","{\\"}":"{}"}',
  'bigints as strings and the ends of numbers':
    '{"id":"9223372036854775808","max":1.7976931348623157e+308,"tiny":5e-324,"sum":0.1,"safe":9007199254740991}',
  'the order of keys': '{"z":1,"a":2,"m":{"y":1,"b":2}}',
  'keys that objects have already': '{"__proto__":{"polluted":true},"constructor":1,"toString":"x"}',
  'what looks like dates and numbers':
    '{"day":"2026-11-23","stamp":"2026-11-23T00:00:00Z","number":"001","inf":"Infinity"}',
};

/** Point 12: payloads survive exactly, whichever way they are read. */
export function describePayloads(bench: Bench): void {
  describe('payloads', () => {
    it.each(Object.entries(payloads))('keeps %s', async (_, json) => {
      const stream = streamId('run', 'payload');
      const data = JSON.parse(json) as JsonObject;
      await bench.log.append(stream, [{ ...sample(data), metadata: data }], noStream);
      const follower = new Follower(bench.log, 'start');
      await follower.until(1);
      const reads = [...(await bench.log.read(stream)).events, ...(await bench.log.page('start', 'all', 1))];
      for (const event of [...reads, ...(await follower.stop())]) {
        expect(JSON.stringify(event.data)).toBe(json);
        expect(JSON.stringify(event.metadata)).toBe(json);
      }
    });

    it('keeps an append as large as is allowed, also beside many others', async () => {
      const text = 'ü'.repeat((MAX_APPEND_BYTES - 2_000) / 2);
      const streams = Array.from({ length: 6 }, (_, index) => streamId('run', `large${index}`));
      await Promise.all(streams.map((stream) => bench.log.append(stream, [sample({ text })], noStream)));
      const follower = new Follower(bench.log, 'start');
      await follower.until(6);
      expect((await follower.stop()).every((event) => event.data['text'] === text)).toBe(true);
      expect(await bench.log.page('start', 'all', 6)).toHaveLength(6);
    });
  });
}
