/**
 * What services ask each other, as plain shapes that JSON carries. Each handler checks what it gets with the class of
 * the question (class-validator).
 */
import { Type } from 'class-transformer';
import {
  IsBoolean,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  IsUUID,
  Min,
  ValidateNested,
} from 'class-validator';
import type { RunType, Trigger } from '@daymark/domain/sync-run';
import type { SourceSettings } from '@daymark/domain/source';

/** Who asks, and under which correlation. */
export class Caller {
  @IsString() readonly actor!: string;
  @IsUUID() readonly commandId!: string;
  @IsString() readonly correlationId!: string;
}

class Command {
  @IsObject() @ValidateNested() @Type(() => Caller) readonly caller!: Caller;
}

export class RegisterSourceQuestion extends Command {
  @IsObject() readonly settings!: SourceSettings;
}

export class ChangeSourceQuestion extends Command {
  @IsUUID() readonly sourceId!: string;
  @IsObject() readonly settings!: SourceSettings;
  @IsOptional() @IsInt() @Min(1) readonly expectedRevision?: number;
}

export class RemoveSourceQuestion extends Command {
  @IsUUID() readonly sourceId!: string;
  @IsIn(['keep', 'delete']) readonly elements!: 'keep' | 'delete';
}

export class TestSourceQuestion extends Command {
  @IsObject() readonly settings!: SourceSettings;
}

export class RefreshStatusQuestion {
  @IsUUID() readonly sourceId!: string;
  /** How long to wait for the poll, in milliseconds. */
  @IsInt() @Min(1) readonly waitMs!: number;
  @IsOptional() @IsString() readonly correlationId?: string;
}

export class LastPollsQuestion {
  @IsUUID(undefined, { each: true }) readonly sourceIds!: readonly string[];
}

export class RequestRunQuestion extends Command {
  @IsUUID() readonly runId!: string;
  @IsUUID() readonly sourceId!: string;
  @IsIn(['incremental', 'day', 'range', 'month']) readonly type!: RunType;
  @IsOptional() @IsString() readonly day?: string;
  @IsOptional() @IsString() readonly from?: string;
  @IsOptional() @IsString() readonly to?: string;
  @IsOptional() @IsString() readonly month?: string;
  @IsBoolean() readonly resync!: boolean;
  @IsBoolean() readonly dryRun!: boolean;
  @IsObject() readonly trigger!: Trigger;
}

export class CancelRunQuestion extends Command {
  @IsUUID() readonly runId!: string;
}

export class LiveRunsQuestion {
  @IsUUID(undefined, { each: true }) readonly runIds!: readonly string[];
}

/** A run ended: its source is worth a poll. */
export class RunEndedNudge {
  @IsUUID() readonly sourceId!: string;
  /** Of the run: the poll goes by it too. */
  @IsOptional() @IsString() readonly correlationId?: string;
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
