import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { DaymarkProcess, newHome, removeHome, type Json } from '../../../tools/system/daymark-process';
import { createOrders, type OrdersSource } from '../../../tools/system/orders-source';

jest.setTimeout(180_000);

interface Elements {
  readonly items: readonly { readonly key: string; readonly version: string; readonly payload: Json }[];
  readonly nextCursor: string | null;
}

interface Day {
  readonly digest: string;
}

describe('what the copy holds, read over REST', () => {
  const home = newHome();
  let orders: OrdersSource;
  let daymark: DaymarkProcess;
  let days: string[];

  beforeAll(async () => {
    orders = await createOrders({ rows: 6_000, days: 4 });
    daymark = await DaymarkProcess.start(home, orders.environment);
    await daymark.ask('POST', '/sources', orders.settings);
    await daymark.run('orders');
    days = Object.keys(await orders.contents());
  });

  afterAll(async () => {
    await daymark.stop();
    await orders.dispose();
    removeHome(home);
  });

  async function elementsOf(day: string): Promise<Elements['items']> {
    const items: Elements['items'][number][] = [];
    let cursor: string | null = null;
    do {
      const after: string = cursor === null ? '' : `&cursor=${cursor}`;
      const page = await daymark.ask<Elements>(
        'GET',
        `/sources/orders/days/${day}/elements?limit=400${after}`,
      );
      expect(page.status).toBe(200);
      items.push(...page.body.items);
      cursor = page.body.nextCursor;
    } while (cursor !== null);
    return items;
  }

  it('has every element of each day once, text for text as the source says it, with versions that sum to the digest', async () => {
    let read = 0;
    for (const day of days) {
      const items = await elementsOf(day);
      const { rows } = await orders.client.query<Json>(
        `SELECT order_id::text, customer, amount::text, note, payload::text, started_at::text FROM orders
         WHERE (started_at AT TIME ZONE 'Europe/Rome')::date = $1::date ORDER BY order_id::text COLLATE "C"`,
        [day],
      );
      expect(items.map(({ payload }) => payload)).toEqual(rows);
      expect(items.map(({ key }) => key)).toEqual(rows.map((row) => row['order_id']));
      const sum = items.reduce((so, { version }) => so + BigInt(version), 0n).toString();
      expect(sum).toBe((await daymark.ask<Day>('GET', `/sources/orders/days/${day}`)).body.digest);
      read += items.length;
    }
    expect(read).toBe(6_000);
  });

  it('has the runs as CSV and as NDJSON too', async () => {
    const { items } = (await daymark.ask<{ items: Json[] }>('GET', '/history')).body;
    expect(items).toHaveLength(1);
    expect(JSON.parse(await daymark.textOf('/history', 'application/x-ndjson'))).toEqual(items[0]);
    const lines = (await daymark.textOf('/history', 'text/csv')).split('\r\n');
    expect(lines).toEqual([
      expect.stringMatching(/^id,sourceId,type,/),
      expect.stringContaining(`${String(items[0]?.['id'])},`),
      '',
    ]);
  });
});
