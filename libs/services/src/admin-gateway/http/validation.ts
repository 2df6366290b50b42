import { ValidationPipe, type PipeTransform, type ValidationError } from '@nestjs/common';
import { plainToInstance, type ClassConstructor } from 'class-transformer';
import { validate, type ValidatorOptions } from 'class-validator';
import { malformed, type HttpProblem } from './http-problem';
import type { FieldError } from './problem-document';

const strict: ValidatorOptions = {
  whitelist: true,
  forbidNonWhitelisted: true,
  forbidUnknownValues: true,
  stopAtFirstError: true,
  validationError: { target: false, value: false },
};

/** For every body and query that is declared as a class: what the class does not name is refused. */
export function edgePipe(): ValidationPipe {
  return new ValidationPipe({ ...strict, transform: true, exceptionFactory: refusal });
}

/** The same for a document that was put together here. */
export async function checkedAs<T extends object>(shape: ClassConstructor<T>, value: object): Promise<T> {
  const instance = plainToInstance(shape, value);
  const errors = await validate(instance, strict);
  if (errors.length > 0) throw refusal(errors);
  return instance;
}

function refusal(errors: ValidationError[]): HttpProblem {
  return malformed(errors.flatMap((error) => fieldErrors(error, '')));
}

function fieldErrors(error: ValidationError, above: string): FieldError[] {
  const path = above === '' ? error.property : `${above}.${error.property}`;
  const own = Object.entries(error.constraints ?? {}).map(([rule, message]) => ({
    path,
    message: rule === 'whitelistValidation' ? 'is not known here' : message,
  }));
  return [...own, ...(error.children ?? []).flatMap((child) => fieldErrors(child, path))];
}

/** For routes that take no body: one with fields in it is refused. */
export const noBody: PipeTransform<unknown, undefined> = {
  transform(value) {
    const names = typeof value === 'object' && value !== null ? Object.keys(value) : [];
    if (names.length > 0) {
      throw malformed(names.map((name) => ({ path: name, message: 'is not known here' })));
    }
    return undefined;
  },
};
