import type { TestAnswer } from '@daymark/contracts';
import type { CleanerSettings, PostgresConnectorSettings } from '@daymark/domain/source';
import type { SourceBody } from '../sources/source-body';
import type { SourceDocument, SourceName } from '../sources/source-document';
import {
  array,
  closed,
  count,
  day,
  described,
  object,
  oneOf,
  optional,
  orNull,
  position,
  ref,
  text,
  uuid,
  type Schema,
} from './schema';

const mostDays = 36_500;
const name: Schema = { type: 'string', pattern: '^[a-z][a-z0-9_]{0,47}$' };
const zone: Schema = { type: 'string', minLength: 1, maxLength: 64, examples: ['Europe/Rome'] };
const minutes = (minimum: number, maximum: number, more: Schema = {}): Schema => ({
  type: 'integer',
  minimum,
  maximum,
  ...more,
});
const column: Schema = { type: 'string', minLength: 1, maxLength: 63 };
const applyWithinDays = object<{ applyWithinDays: number }>({ applyWithinDays: minutes(1, mostDays) });

const lateData: Schema = {
  description: 'What becomes of changes on sealed days.',
  oneOf: [oneOf(['hold', 'apply']), applyWithinDays],
};

/** As it is asked for; `given` marks what may be left out there and is always there in answers. */
function connector(given: (schema: Schema) => Schema): Schema {
  return object<PostgresConnectorSettings>({
    type: oneOf(['postgres']),
    url: described({ type: 'string', minLength: 1, maxLength: 2048 }, 'Without a password.'),
    password: optional(
      given({
        type: 'string',
        maxLength: 1024,
        pattern: '^(env:[A-Za-z_][A-Za-z0-9_]*|file:\\S(.*\\S)?)$',
        description: 'A reference, `env:NAME` or `file:path`: never the password itself.',
      }),
    ),
    table: { type: 'string', minLength: 1, maxLength: 200, examples: ['public.flows'] },
    key: array(column, { minItems: 1, maxItems: 16, uniqueItems: true }),
    day: object<PostgresConnectorSettings['day']>({
      column,
      timeZone: optional(
        given(described(zone, 'Only of a `timestamp` column: the zone in which it is written.')),
      ),
    }),
  });
}

function cleaner(given: (schema: Schema) => Schema): Schema {
  return object<CleanerSettings>({
    retentionDays: minutes(0, mostDays, { description: 'Days kept besides today.' }),
    runsAt: { type: 'string', maxLength: 200, description: '`HH:MM` or a cron line.', examples: ['03:00'] },
    timeZone: optional(given(described(zone, "Default: the source's."))),
    guardMinutes: given(minutes(0, 10_080, { default: 60 })),
  });
}

const asked = (schema: Schema) => optional(orNull(schema));
const answered = (schema: Schema) => schema;

function settings(given: (schema: Schema) => Schema) {
  return {
    name,
    timeZone: zone,
    pollingIntervalMinutes: given(minutes(1, 1440, { default: 5 })),
    lateData: given(lateData),
    settleDelayMinutes: given(minutes(0, 10_080, { default: 120 })),
    connector: connector(given),
    cleaner: given(cleaner(given)),
  };
}

const body = settings(asked);
const shown = { ...settings(answered), cleaner: orNull(cleaner(answered)) };
const document = { id: uuid, ...shown, revision: { type: 'integer', minimum: 1 } };

/** A merge patch: every field may be absent, and null takes one away. Which fields there can be is the same. */
const patch: Schema = {
  type: 'object',
  description:
    'RFC 7396: what is absent stays, null takes away, objects merge. `revision` may stand in it as read.',
  properties: Object.fromEntries(
    Object.keys(body)
      .concat('revision')
      .map((field) => [field, {}]),
  ),
};

export const sourceSchemas: Readonly<Record<string, Schema>> = {
  NewSource: closed(object<SourceBody>(body)),
  SourcePatch: closed(patch),
  Source: object<SourceDocument>(document),
  SourceTaken: object<SourceDocument & { position: string }>({ ...document, position }),
  SourceName: object<SourceName>({ id: uuid, name, timeZone: zone }),
  SourceTest: {
    oneOf: [
      object<TestAnswer & { ok: true }>({
        ok: { const: true },
        columns: array(
          object<TestAnswer['columns'][number]>({
            name: text,
            type: text,
            role: oneOf(['key', 'day', 'payload']),
          }),
        ),
        oldestDay: orNull(day),
        elements: count,
      }),
      object<{ ok: false; problem: unknown }>({ ok: { const: false }, problem: ref('Problem') }),
    ],
  },
};
