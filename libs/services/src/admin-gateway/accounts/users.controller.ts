import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Inject,
  Param,
  Patch,
  Post,
  Query,
  Res,
} from '@nestjs/common';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsIn,
  IsOptional,
  IsString,
  Length,
  Matches,
} from 'class-validator';
import type { Response } from 'express';
import { cursorIn, cursorOf, placeIn } from '../http/cursors';
import { HttpProblem, malformed } from '../http/http-problem';
import { IsLimit, limitOf } from '../http/limit';
import { OwnQuery } from '../http/query.interceptor';
import { ACCOUNTS, LOCAL_SESSIONS } from '../parts';
import { localOnly } from '../sessions/local-only';
import type { SessionTokens } from '../sessions/session-tokens';
import { ROLES_KNOWN, type Account, type AccountRefusal, type Accounts, type Role } from './port';

/** Nobody else's name: those of services begin with `system:`. */
const accountName = /^[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}$/;
const shortestPassword = 8;
const usualLimit = 100;
const accountsList = ['users'];

function IsPassword(): PropertyDecorator {
  return Length(shortestPassword, 1024, { message: `is not ${shortestPassword} to 1024 characters long` });
}

function AreRoles(): PropertyDecorator {
  const message = `is not one or more of ${ROLES_KNOWN.join(', ')}`;
  const rules = [IsArray, ArrayUnique].map((rule) => rule({ message }));
  const bounds = [ArrayMinSize(1, { message }), ArrayMaxSize(ROLES_KNOWN.length, { message })];
  const each = IsIn(ROLES_KNOWN, { each: true, message });
  return (target, property) => [...rules, ...bounds, each].forEach((rule) => rule(target, property));
}

export class UserBody {
  @Matches(accountName, { message: 'is not a letter or digit and up to 63 of letters, digits and . _ @ + -' })
  readonly name!: string;
  @IsString() @IsPassword() readonly password!: string;
  @AreRoles() readonly roles!: readonly Role[];
}

export class UserPatch {
  @IsOptional() @IsString() @IsPassword() readonly password?: string;
  @IsOptional() @AreRoles() readonly roles?: readonly Role[];
}

class UsersQuery {
  @IsOptional() @IsString() readonly atLeast?: string;
  @IsOptional() @IsString() readonly cursor?: string;
  @IsOptional() @IsLimit() readonly limit?: string;
}

@Controller('users')
export class UsersController {
  private readonly accounts: Accounts;

  constructor(
    @Inject(ACCOUNTS) accounts: Accounts,
    @Inject(LOCAL_SESSIONS) private readonly local: SessionTokens | null,
  ) {
    this.accounts = accounts;
  }

  @Get()
  @OwnQuery()
  async list(@Query() query: UsersQuery): Promise<{ items: readonly Account[]; nextCursor: string | null }> {
    localOnly(this.local);
    const limit = limitOf(query.limit, usualLimit);
    const cursor = cursorIn(query.cursor);
    const after = cursor === null ? null : placeIn(accountsList, cursor, accountName);
    const found = await this.accounts.list({ after, limit: limit + 1 });
    const items = found.slice(0, limit);
    const last = items.at(-1);
    return {
      items,
      nextCursor: found.length > limit && last !== undefined ? cursorOf(accountsList, last.name) : null,
    };
  }

  @Get(':user')
  async one(@Param('user') name: string): Promise<Account> {
    localOnly(this.local);
    return (await this.accounts.find(askable(name))) ?? refuse('unknown', name);
  }

  @Post()
  async create(@Body() body: UserBody, @Res({ passthrough: true }) response: Response): Promise<Account> {
    localOnly(this.local);
    const made = await this.accounts.create(body);
    if (typeof made === 'string') return refuse(made, body.name);
    response.setHeader('location', `/api/v1/users/${encodeURIComponent(made.name)}`);
    return made;
  }

  /** A new password or other roles; the account's sessions end. */
  @Patch(':user')
  async change(@Param('user') name: string, @Body() body: UserPatch): Promise<Account> {
    localOnly(this.local);
    const to = {
      ...(typeof body.password === 'string' ? { password: body.password } : {}),
      ...(Array.isArray(body.roles) ? { roles: body.roles } : {}),
    };
    if (Object.keys(to).length === 0)
      throw malformed([{ path: '', message: 'names neither password nor roles' }]);
    const changed = await this.accounts.change(askable(name), to);
    return typeof changed === 'string' ? refuse(changed, name) : changed;
  }

  @Delete(':user')
  @HttpCode(204)
  async remove(@Param('user') name: string): Promise<void> {
    localOnly(this.local);
    const refusal = await this.accounts.remove(askable(name));
    if (refusal !== null) refuse(refusal, name);
  }
}

function refuse(refusal: AccountRefusal, name: string): never {
  switch (refusal) {
    case 'taken':
      throw new HttpProblem('USER_NAME_TAKEN', `There is an account "${name}" already.`, {
        errors: [{ path: 'name', message: 'is taken' }],
      });
    case 'unknown':
      throw new HttpProblem('USER_UNKNOWN', 'There is no such account.');
    case 'last-administrator':
      throw new HttpProblem(
        'LAST_ADMINISTRATOR',
        `"${name}" is the last administrator: make another one first.`,
      );
  }
}

/** What can be no account's name is none; the database need not be asked, and could not be for every text. */
function askable(name: string): string {
  return accountName.test(name) ? name : '';
}
