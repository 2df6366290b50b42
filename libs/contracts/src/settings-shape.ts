/** What a source's settings look like in a question; whether they make sense is the domain's to say. */
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  Equals,
  IsArray,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Max,
  Min,
  ValidateBy,
  ValidateIf,
  ValidateNested,
} from 'class-validator';

const mostDays = 36_500;

class DayShape {
  @IsString() @Length(1, 63) readonly column!: string;
  @IsOptional() @IsString() @Length(1, 64) readonly timeZone?: string;
}

class ConnectorShape {
  @Equals('postgres') readonly type!: string;
  @IsString() @Length(1, 2_048) readonly url!: string;
  @IsOptional() @IsString() @Length(1, 1_024) readonly password?: string;
  @IsString() @Length(1, 200) readonly table!: string;
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(16)
  @IsString({ each: true })
  @Length(1, 63, { each: true })
  readonly key!: readonly string[];
  @IsObject() @ValidateNested() @Type(() => DayShape) readonly day!: DayShape;
}

class CleanerShape {
  @IsInt() @Min(0) @Max(mostDays) readonly retentionDays!: number;
  @IsString() @Length(1, 200) readonly runsAt!: string;
  @IsOptional() @IsString() @Length(1, 64) readonly timeZone?: string;
  @IsInt() @Min(0) @Max(10_080) readonly guardMinutes!: number;
}

export class SettingsShape {
  @IsString() @Length(1, 64) readonly name!: string;
  @IsString() @Length(1, 64) readonly timeZone!: string;
  @IsInt() @Min(1) @Max(1_440) readonly pollingIntervalMinutes!: number;
  @IsLateData() readonly lateData!: unknown;
  @IsInt() @Min(0) @Max(10_080) readonly settleDelayMinutes!: number;
  @IsObject() @ValidateNested() @Type(() => ConnectorShape) readonly connector!: ConnectorShape;
  @ValidateIf(({ cleaner }: SettingsShape) => cleaner !== null)
  @IsObject()
  @ValidateNested()
  @Type(() => CleanerShape)
  readonly cleaner!: CleanerShape | null;
}

function IsLateData(): PropertyDecorator {
  const defaultMessage = () => 'lateData must be "hold", "apply" or {"applyWithinDays": days}';
  return ValidateBy({ name: 'lateData', validator: { validate: isLateData, defaultMessage } });
}

function isLateData(value: unknown): boolean {
  if (value === 'hold' || value === 'apply') return true;
  if (typeof value !== 'object' || value === null || Object.keys(value).join() !== 'applyWithinDays')
    return false;
  const days = 'applyWithinDays' in value ? value.applyWithinDays : undefined;
  return typeof days === 'number' && Number.isInteger(days) && days >= 1 && days <= mostDays;
}
