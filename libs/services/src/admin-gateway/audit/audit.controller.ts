import { Controller, Get, Inject, Query } from '@nestjs/common';
import { IsOptional, IsString } from 'class-validator';
import { cursorIn, cursorOf, placeIn } from '../http/cursors';
import { IsLimit, limitOf } from '../http/limit';
import { OwnQuery } from '../http/query.interceptor';
import { AUDIT_TABLE } from '../parts';
import { AuditTrail } from './audit-trail';
import type { AuditTable, KeptEntry } from './port';

const usualLimit = 100;
const auditList = ['audit'];
const entryId = /^[1-9]\d{0,17}$/;

class AuditQuery {
  @IsOptional() @IsString() readonly atLeast?: string;
  @IsOptional() @IsString() readonly cursor?: string;
  @IsOptional() @IsLimit() readonly limit?: string;
}

@Controller('audit')
export class AuditController {
  constructor(
    @Inject(AUDIT_TABLE) private readonly table: AuditTable,
    @Inject(AuditTrail) private readonly trail: AuditTrail,
  ) {}

  /** Newest first. */
  @Get()
  @OwnQuery()
  async list(
    @Query() query: AuditQuery,
  ): Promise<{ items: readonly KeptEntry[]; nextCursor: string | null }> {
    const limit = limitOf(query.limit, usualLimit);
    const cursor = cursorIn(query.cursor);
    const before = cursor === null ? null : placeIn(auditList, cursor, entryId);
    await this.trail.settled();
    const found = await this.table.page({ before, limit: limit + 1 });
    const items = found.slice(0, limit);
    const last = items.at(-1);
    return {
      items,
      nextCursor: found.length > limit && last !== undefined ? cursorOf(auditList, last.id) : null,
    };
  }
}
