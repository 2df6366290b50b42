import { IsBoolean, IsIn, IsOptional, IsString, MaxLength } from 'class-validator';
import { firstDayOf } from '@daymark/domain/calendar-days';
import type { RunRequest, RunType } from '@daymark/domain/sync-run';

/** What somebody asks for. Which fields go together, and which days can be, is decided where runs are. */
export class RunBody {
  @IsOptional() @IsIn(['incremental', 'day', 'range', 'month']) readonly type?: RunType | null;
  @IsOptional() @IsString() @MaxLength(32) readonly day?: string | null;
  @IsOptional() @IsString() @MaxLength(32) readonly from?: string | null;
  @IsOptional() @IsString() @MaxLength(32) readonly to?: string | null;
  @IsOptional() @IsString() @MaxLength(32) readonly month?: string | null;
  @IsOptional() @IsBoolean() readonly resync?: boolean | null;
  @IsOptional() @IsBoolean() readonly dryRun?: boolean | null;
}

export interface Asked {
  readonly type: RunType;
  readonly day?: string;
  readonly from?: string;
  readonly to?: string;
  readonly month?: string;
  readonly resync: boolean;
  readonly dryRun: boolean;
}

export function askedIn(body: RunBody): Asked {
  const { day, from, to, month } = body;
  return {
    type: body.type ?? 'incremental',
    ...(typeof day === 'string' ? { day } : {}),
    ...(typeof from === 'string' ? { from } : {}),
    ...(typeof to === 'string' ? { to } : {}),
    ...(typeof month === 'string' ? { month } : {}),
    resync: body.resync ?? false,
    dryRun: body.dryRun ?? false,
  };
}

/** Whether a run that was asked for before is what is asked for now. Undated runs have no period. */
export function isWhatWasAsked(asked: Asked, request: RunRequest): boolean {
  const { type, resync, dryRun, period } = request;
  if (asked.type !== type || asked.resync !== resync || asked.dryRun !== dryRun) return false;
  const { from, to } = boundsOf(asked);
  return from === period?.from && (to === undefined || to === period?.to);
}

/** A month ends where it ended when it was asked for first. */
function boundsOf({ day, from, to, month }: Asked): { from: string | undefined; to: string | undefined } {
  if (month !== undefined) return { from: firstDayOf(month), to: undefined };
  return { from: day ?? from, to: day ?? to };
}
