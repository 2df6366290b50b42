import { IsBoolean, IsIn, IsOptional, IsString, MaxLength } from 'class-validator';
import type { RunType } from '@daymark/domain/sync-run';

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

interface Asked {
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
