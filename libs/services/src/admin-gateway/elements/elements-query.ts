import { IsOptional, IsString } from 'class-validator';
import { malformed } from '../http/http-problem';
import { IsLimit } from '../http/limit';

/** Either one key, or those that begin alike, or all. */
export class ElementsQuery {
  @IsOptional() @IsString() readonly atLeast?: string;
  @IsOptional() @IsString() readonly cursor?: string;
  @IsOptional() @IsLimit() readonly limit?: string;
  @IsOptional() @IsString() readonly key?: string;
  @IsOptional() @IsString() readonly prefix?: string;
}

export interface ElementsFilter {
  readonly key?: string;
  readonly prefix?: string;
}

export function filterIn({ key, prefix }: ElementsQuery): ElementsFilter {
  if (key !== undefined && prefix !== undefined) {
    throw malformed([{ path: 'prefix', message: 'does not go together with key' }]);
  }
  return { ...(key === undefined ? {} : { key }), ...(prefix === undefined ? {} : { prefix }) };
}
