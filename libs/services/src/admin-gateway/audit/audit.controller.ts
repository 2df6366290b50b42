import { Controller, Get, Inject, Query } from '@nestjs/common';
import { IsOptional, IsString } from 'class-validator';
import { malformed } from '../http/http-problem';
import { IsLimit, limitOf } from '../http/limit';
import { OwnQuery } from '../http/query.interceptor';
import { AUDIT_TABLE } from '../parts';
import { AuditTrail } from './audit-trail';
import type { AuditTable, KeptEntry } from './port';

const usualLimit = 100;

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
    const before = query.cursor === undefined ? null : idIn(query.cursor);
    await this.trail.settled();
    const found = await this.table.page({ before, limit: limit + 1 });
    const items = found.slice(0, limit);
    const last = items.at(-1);
    return { items, nextCursor: found.length > limit && last !== undefined ? cursorOf(last.id) : null };
  }
}

const mark = 'audit ';

function cursorOf(id: string): string {
  return Buffer.from(mark + id, 'utf8').toString('base64url');
}

function idIn(cursor: string): string {
  const text = Buffer.from(cursor, 'base64url').toString('latin1');
  const id = text.slice(mark.length);
  if (text.startsWith(mark) && /^[1-9]\d{0,17}$/.test(id) && cursorOf(id) === cursor) return id;
  throw malformed([{ path: 'cursor', message: 'is not a cursor of this list' }], 'CURSOR_INVALID');
}
