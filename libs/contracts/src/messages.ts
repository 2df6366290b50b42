/**
 * What services ask each other, as plain shapes that JSON carries. Each handler checks what it gets with the class of
 * the question (class-validator).
 */
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  IsUUID,
  Length,
  Max,
  MaxLength,
  Min,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import type { RunType, Trigger } from '@daymark/domain/sync-run';
import type { SourceSettings } from '@daymark/domain/source';
import { SettingsShape } from './settings-shape';
import { Shaped } from './shaped';

/** More than anybody asks about at once. */
const MOST_IDS = 10_000;

/**
 * Who asks, and under which correlation. A service takes the gateway's word for it: who may send commands at all is up
 * to the transport (`docs/commands.md`).
 */
export class Caller {
  @IsString() @Length(1, 200) readonly actor!: string;
  @IsUUID() readonly commandId!: string;
  @IsString() @Length(1, 200) readonly correlationId!: string;
}

class Command {
  @IsObject() @ValidateNested() @Type(() => Caller) readonly caller!: Caller;
}

export class RegisterSourceQuestion extends Command {
  @Shaped(() => SettingsShape) readonly settings!: SourceSettings;
}

export class ChangeSourceQuestion extends Command {
  @IsUUID() readonly sourceId!: string;
  @Shaped(() => SettingsShape) readonly settings!: SourceSettings;
  @IsOptional() @IsInt() @Min(1) readonly expectedRevision?: number;
}

export class RemoveSourceQuestion extends Command {
  @IsUUID() readonly sourceId!: string;
  @IsIn(['keep', 'delete']) readonly elements!: 'keep' | 'delete';
}

export class TestSourceQuestion extends Command {
  @Shaped(() => SettingsShape) readonly settings!: SourceSettings;
}

export class RefreshStatusQuestion {
  @IsUUID() readonly sourceId!: string;
  /** How long to wait for the poll, in milliseconds. */
  @IsInt() @Min(1) @Max(600_000) readonly waitMs!: number;
  @IsOptional() @IsString() @Length(1, 200) readonly correlationId?: string;
}

export class LastPollsQuestion {
  @IsArray()
  @ArrayMaxSize(MOST_IDS)
  @IsUUID(undefined, { each: true })
  readonly sourceIds!: readonly string[];
}

class TriggerShape {
  @IsIn(['person', 'api', 'slot', 'catch-up', 'guard', 'policy']) readonly kind!: Trigger['kind'];
  @IsString() @Length(1, 200) readonly actor!: string;
  @ValidateIf(({ occurrence }: TriggerShape) => occurrence !== null)
  @IsString()
  @Length(1, 200)
  readonly occurrence!: string | null;
}

export class RequestRunQuestion extends Command {
  @IsUUID() readonly runId!: string;
  @IsUUID() readonly sourceId!: string;
  @IsIn(['incremental', 'day', 'range', 'month']) readonly type!: RunType;
  @IsOptional() @IsString() @MaxLength(64) readonly day?: string;
  @IsOptional() @IsString() @MaxLength(64) readonly from?: string;
  @IsOptional() @IsString() @MaxLength(64) readonly to?: string;
  @IsOptional() @IsString() @MaxLength(64) readonly month?: string;
  @IsBoolean() readonly resync!: boolean;
  @IsBoolean() readonly dryRun!: boolean;
  @Shaped(() => TriggerShape) readonly trigger!: Trigger;
}

export class CancelRunQuestion extends Command {
  @IsUUID() readonly runId!: string;
}

export class LiveRunsQuestion {
  @IsArray() @ArrayMaxSize(MOST_IDS) @IsUUID(undefined, { each: true }) readonly runIds!: readonly string[];
}

/** A run ended: its source is worth a poll. */
export class RunEndedNudge {
  @IsUUID() readonly sourceId!: string;
  /** Of the run: the poll goes by it too. */
  @IsOptional() @IsString() @Length(1, 200) readonly correlationId?: string;
}

/** A command was taken; `position` is where its effect stands in the log (null: nothing had to change). */
export interface SourceAnswer {
  readonly sourceId: string;
  readonly settings: SourceSettings;
  readonly revision: number;
  readonly position: string | null;
}

export interface RemovedAnswer {
  readonly sourceId: string;
  readonly position: string | null;
}

export interface TestAnswer {
  readonly columns: readonly {
    readonly name: string;
    readonly type: string;
    readonly role: 'key' | 'day' | 'payload';
  }[];
  readonly oldestDay: string | null;
  readonly elements: number;
}

export interface RequestRunAnswer {
  readonly runId: string;
  readonly existing: boolean;
  readonly position: string | null;
}

export interface CancelRunAnswer {
  readonly runId: string;
  readonly position: string | null;
}

/** How the last poll of a source went; operational, not from the log. */
export interface LastPoll {
  readonly sourceId: string;
  /** Instant of the last census that came through; null before the first. */
  readonly checkedAt: string | null;
  /** A poll is running now. */
  readonly checking: boolean;
  /** When the next scheduled poll may start. */
  readonly nextPollAt: string | null;
  readonly problem: { readonly code: string; readonly detail: string } | null;
  /** Where the last poll's events, if any, stand in the log. */
  readonly position: string | null;
}

/** How far a run has got; a row beside the lease, not from the log. */
export interface LiveRun {
  readonly runId: string;
  readonly daysDone: number;
  /** Null until a snapshot says. */
  readonly daysTotal: number | null;
  readonly elementsRead: number;
  readonly period: { readonly from: string; readonly to: string } | null;
  /** The days in hand. */
  readonly days: readonly string[];
  /** A transient fault that the run is sitting out. */
  readonly problem: { readonly code: string; readonly detail: string } | null;
}
