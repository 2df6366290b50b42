import { plainToInstance } from 'class-transformer';
import { ValidateBy, validateSync, type ValidationError } from 'class-validator';

const strict = { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: true };

/**
 * The property is an object of the shape that the class declares, and stays as it came: what is compared and recorded
 * as JSON later keeps the order of its members.
 */
export function Shaped(shape: () => new () => object): PropertyDecorator {
  const wrong = (value: unknown): ValidationError[] | null =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? validateSync(plainToInstance(shape(), value), strict)
      : null;
  return ValidateBy({
    name: 'shaped',
    validator: {
      validate: (value) => wrong(value)?.length === 0,
      defaultMessage: (args) => {
        const errors = wrong(args?.value);
        return errors === null ? '$property must be an object' : `$property: ${messageOf(errors)}`;
      },
    },
  });
}

function messageOf([first]: readonly ValidationError[], above = ''): string {
  if (first === undefined) return 'is not what it should be';
  const path = above === '' ? first.property : `${above}.${first.property}`;
  const [own] = Object.values(first.constraints ?? {});
  return own === undefined ? messageOf(first.children ?? [], path) : `${path}: ${own}`;
}
