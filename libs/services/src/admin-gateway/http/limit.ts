import { Matches, type ValidationOptions } from 'class-validator';

/** 1 … 500, as a query carries it. */
export function IsLimit(options: ValidationOptions = {}): PropertyDecorator {
  return Matches(/^([1-9]\d?|[1-4]\d\d|500)$/, {
    message: 'is not a whole number from 1 to 500',
    ...options,
  });
}

export function limitOf(text: string | undefined, otherwise: number): number {
  return text === undefined ? otherwise : Number(text);
}
