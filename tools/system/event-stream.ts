import type { RunningDaymark } from './ways';

/** The ids of the next events that the live stream tells after a position. */
export async function eventsHeard(daymark: RunningDaymark, after: string, count: number): Promise<string[]> {
  const leave = new AbortController();
  const response = await fetch(`${daymark.url}/api/v1/events/stream?after=${after}`, {
    headers: { authorization: daymark.authorization, accept: 'text/event-stream' },
    signal: leave.signal,
  });
  if (!response.ok || response.body === null) throw new Error(`The stream answers ${response.status}.`);
  const heard: string[] = [];
  let text = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const messages = (text + chunk).split('\n\n');
    text = messages.pop() ?? '';
    for (const message of messages) {
      const data = /^data: ?(.*)$/m.exec(message)?.[1];
      if (data !== undefined) heard.push((JSON.parse(data) as { id: string }).id);
    }
    if (heard.length >= count) break;
  }
  leave.abort();
  return heard.slice(0, count);
}
