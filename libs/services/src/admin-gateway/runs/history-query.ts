import { IsOptional, IsString } from 'class-validator';
import { addDays, endOfDay, isDay } from '@daymark/domain/calendar-days';
import type { RunFilter, RunStatus } from '@daymark/views';
import { IsLimit } from '../http/limit';
import { malformed } from '../http/http-problem';

const stamp = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

const shown: readonly RunStatus[] = [
  'requested',
  'running',
  'cancelling',
  'succeeded',
  'failed',
  'cancelled',
];
/** `partial` and `withheld` are words of the interface; no run ends so yet. */
const statuses: readonly string[] = [...shown, 'partial', 'withheld'];
const types: readonly string[] = ['incremental', 'day', 'range', 'month'];
const triggers: readonly string[] = ['person', 'api', 'slot', 'catch-up', 'guard', 'policy'];

/** Several values of a filter stand with commas between them. */
export class HistoryQuery {
  @IsOptional() @IsString() readonly atLeast?: string;
  @IsOptional() @IsString() readonly source?: string;
  @IsOptional() @IsString() readonly status?: string;
  @IsOptional() @IsString() readonly type?: string;
  @IsOptional() @IsString() readonly trigger?: string;
  @IsOptional() @IsString() readonly from?: string;
  @IsOptional() @IsString() readonly to?: string;
  @IsOptional() @IsString() readonly cursor?: string;
  @IsOptional() @IsLimit() readonly limit?: string;
}

/** The filter, but for the source. Days of `from` and `to` are both inclusive and begin and end in the zone. */
export function filterIn(query: HistoryQuery, zone: string): Omit<RunFilter, 'sourceId'> {
  const { status, type, trigger, from, to } = query;
  return {
    ...(status === undefined ? {} : { status: statusesIn(status) }),
    ...(type === undefined ? {} : { type: namesIn(type, 'type', types) }),
    ...(trigger === undefined ? {} : { trigger: namesIn(trigger, 'trigger', triggers) }),
    ...(from === undefined
      ? {}
      : { from: instantIn(from, 'from', (day) => endOfDay(addDays(day, -1), zone)) }),
    ...(to === undefined ? {} : { to: instantIn(to, 'to', (day) => endOfDay(day, zone)) }),
  };
}

function statusesIn(text: string): readonly RunStatus[] {
  const names = namesIn(text, 'status', statuses);
  return shown.filter((status) => names.includes(status));
}

function namesIn(text: string, path: string, known: readonly string[]): readonly string[] {
  const names = text.split(',');
  if (names.every((name) => known.includes(name))) return names;
  throw malformed([{ path, message: `is not one or more of ${known.join(', ')}` }]);
}

function instantIn(text: string, path: string, ofDay: (day: string) => string): string {
  if (isDay(text)) return inYears(ofDay(text));
  const day = stamp.exec(text)?.[1];
  const milliseconds = day !== undefined && isDay(day) ? Date.parse(text) : NaN;
  if (!Number.isNaN(milliseconds)) return inYears(new Date(milliseconds).toISOString());
  throw malformed([{ path, message: 'is neither a date YYYY-MM-DD nor an RFC 3339 time' }]);
}

/** Years of four digits only: a zone moves the first and the last day there is over their edge. */
function inYears(instant: string): string {
  if (instant.startsWith('+')) return '9999-12-31T23:59:59.999Z';
  return /^(-|0000)/.test(instant) ? '0001-01-01T00:00:00.000Z' : instant;
}
