import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Ajv2020 from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { problemCodes } from '../http/problem-codes';
import { ask } from '../testing/asking';
import { startGateway, type GatewayFixture } from '../testing/gateway-fixture';
import { routesOf } from '../testing/routes';
import { openApiDocument } from './document';
import { operations } from './operations';

const document = openApiDocument() as {
  readonly paths: Record<string, Record<string, unknown>>;
  readonly components: { readonly schemas: Record<string, object> };
};

function checker() {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats(ajv);
  ajv.addSchema({ $id: 'openapi', components: document.components });
  return (schema: object, value: unknown) => {
    const own = JSON.parse(
      JSON.stringify(schema).replaceAll('"#/components', '"openapi#/components'),
    ) as object;
    const validate = ajv.compile(own);
    return validate(value) ? [] : (validate.errors ?? []);
  };
}

describe('the OpenAPI document', () => {
  let gateway: GatewayFixture;
  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(() => gateway.stop());

  it('has exactly the routes that the application has', () => {
    const routed = routesOf(gateway.app).map(
      ({ method, pattern }) => `${method} ${pattern.replace(/:(\w+)/g, '{$1}')}`,
    );
    const told = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    expect(told.sort()).toEqual(routed.sort());
  });

  it('names each operation once, and every parameter of its path', () => {
    expect(new Set(operations.map(({ id }) => id)).size).toBe(operations.length);
    for (const { path, parameters = [] } of operations) {
      const inPath = parameters.filter((each) => each.in === 'path').map(({ name }) => `{${name}}`);
      expect([path, inPath]).toEqual([path, path.match(/\{\w+\}/g) ?? []]);
    }
  });

  it('has an example for every body and answer, and each is what its schema says', () => {
    const check = checker();
    for (const { id, body, answers } of operations) {
      if (body !== undefined) expect([id, check(body.schema, body.example)]).toEqual([id, []]);
      const told = Object.values(answers).flatMap(({ content = {} }) => Object.values(content));
      for (const { schema, example } of told.filter((media) => media.example !== undefined)) {
        expect([id, check(schema, example)]).toEqual([id, []]);
      }
    }
    const bare = operations.filter(
      ({ answers }) =>
        !Object.values(answers).some(({ content }) => content === undefined || hasExample(content)),
    );
    expect(bare.map(({ id }) => id)).toEqual(['eventStream', 'live', 'ready', 'openapi', 'docs', 'docsFile']);
  });

  it('refuses by codes that the table knows, and all of its names lead somewhere', () => {
    const known = new Set(problemCodes.map(({ code }) => code));
    for (const { refusals = [] } of operations) for (const code of refusals) expect(known).toContain(code);
    const names = [...JSON.stringify(document).matchAll(/#\/components\/schemas\/(\w+)/g)].map(
      ([, name]) => name,
    );
    for (const name of names) expect(Object.keys(document.components.schemas)).toContain(name);
    expect(Object.keys(document.components.schemas).filter((name) => !names.includes(name))).toEqual([]);
  });

  it('is served, with a page that shows it and one that explains the codes', async () => {
    const get = (path: string) => ask(gateway.server, 'get', `/api/${path}`);
    expect((await get('openapi.json')).body).toEqual(JSON.parse(JSON.stringify(document)));
    expect((await get('docs')).text).toContain('/api/docs/swagger-ui-bundle.js');
    for (const [file, type] of [
      ['swagger-ui.css', /^text\/css/],
      ['swagger-ui-bundle.js', /^text\/javascript/],
      ['begin.js', /^text\/javascript/],
      ['errors.css', /^text\/css/],
    ] as const) {
      const { status, headers } = await get(`docs/${file}`);
      expect([file, status]).toEqual([file, 200]);
      expect(headers['content-type']).toMatch(type);
    }
    const { text } = await get('docs/errors');
    for (const { code } of problemCodes) expect(text).toContain(`id="${code}"`);
    for (const file of ['package.json', '..%2Fpackage.json', 'constructor', 'nothing']) {
      expect((await get(`docs/${file}`)).status).toBe(404);
    }
  });

  it('can be turned off', async () => {
    const quiet = await startGateway({ showDocs: false });
    for (const path of ['openapi.json', 'docs', 'docs/errors']) {
      const { status, body } = await ask(quiet.server, 'get', `/api/${path}`);
      expect([status, body.code]).toEqual([404, 'ROUTE_UNKNOWN']);
    }
    await quiet.stop();
  });
});

function hasExample(content: object): boolean {
  return Object.values(content).some(
    (media) => typeof media === 'object' && media !== null && 'example' in media,
  );
}
