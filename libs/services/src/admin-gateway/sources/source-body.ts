import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  Equals,
  IsArray,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateBy,
  ValidateNested,
} from 'class-validator';
import { SOURCE_NAME, type LateDataPolicy } from '@daymark/domain/source';

const mostDays = 36_500;
const secretReference = /^(env:[A-Za-z_][A-Za-z0-9_]*|file:\S(.*\S)?)$/;
const clockTime = '([01]\\d|2[0-3]):[0-5]\\d';
const cronField = '[\\dA-Za-z*,/?#-]+';
const runTime = new RegExp(`^(${clockTime}|${cronField}( +${cronField}){4,5})$`);

class DayBody {
  @IsString() @Length(1, 63) readonly column!: string;
  /** Only of a column that is a `timestamp` without zone. */
  @IsOptional() @IsString() @Length(1, 64) readonly timeZone?: string | null;
}

class ConnectorBody {
  @Equals('postgres', { message: 'is not "postgres"' }) readonly type!: 'postgres';
  @IsString() @Length(1, 2048) readonly url!: string;
  @IsOptional()
  @IsString()
  @MaxLength(1024)
  @Matches(secretReference, {
    message: 'is neither env:NAME nor file:path: a password never stands here itself',
  })
  readonly password?: string | null;
  @IsString() @Length(1, 200) readonly table!: string;
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(16)
  @ArrayUnique()
  @IsString({ each: true })
  @Length(1, 63, { each: true })
  readonly key!: readonly string[];
  @IsObject() @ValidateNested() @Type(() => DayBody) readonly day!: DayBody;
}

class CleanerBody {
  @IsInt() @Min(0) @Max(mostDays) readonly retentionDays!: number;
  @IsString()
  @MaxLength(200)
  @Matches(runTime, { message: 'is neither HH:MM nor a cron line' })
  readonly runsAt!: string;
  @IsOptional() @IsString() @Length(1, 64) readonly timeZone?: string | null;
  @IsOptional() @IsInt() @Min(0) @Max(10_080) readonly guardMinutes?: number | null;
}

/** A source as somebody describes it: design of the REST interface. What is optional may be absent or null. */
export class SourceBody {
  @Matches(SOURCE_NAME, { message: 'is not a letter and up to 47 of a-z, 0-9 and _' })
  readonly name!: string;
  @IsString() @Length(1, 64) readonly timeZone!: string;
  @IsOptional() @IsInt() @Min(1) @Max(1440) readonly pollingIntervalMinutes?: number | null;
  @IsOptional() @IsLateData() readonly lateData?: LateDataPolicy | null;
  @IsOptional() @IsInt() @Min(0) @Max(10_080) readonly settleDelayMinutes?: number | null;
  @IsObject() @ValidateNested() @Type(() => ConnectorBody) readonly connector!: ConnectorBody;
  @IsOptional() @IsObject() @ValidateNested() @Type(() => CleanerBody) readonly cleaner?: CleanerBody | null;
}

function IsLateData(): PropertyDecorator {
  const message = `is not "hold", "apply" or {"applyWithinDays": 1 … ${mostDays}}`;
  return ValidateBy({ name: 'lateData', validator: { validate: isLateData, defaultMessage: () => message } });
}

function isLateData(value: unknown): boolean {
  if (value === 'hold' || value === 'apply') return true;
  if (typeof value !== 'object' || value === null || Object.keys(value).join() !== 'applyWithinDays')
    return false;
  const days = 'applyWithinDays' in value ? value.applyWithinDays : undefined;
  return typeof days === 'number' && Number.isInteger(days) && days >= 1 && days <= mostDays;
}
