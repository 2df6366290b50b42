import type { INestApplication } from '@nestjs/common';
import type { Method } from './asking';
import { RUN_ID, SOURCE_ID } from './rows';

export interface Route {
  readonly method: Method;
  /** As it was declared: `/api/v1/sources/:source`. */
  readonly pattern: string;
  /** With something in the place of each parameter. */
  readonly path: string;
}

const examples: Readonly<Record<string, string>> = {
  source: SOURCE_ID,
  run: RUN_ID,
  day: '2026-11-13',
  user: 'somebody',
  file: 'errors',
};

/** Every route that the application really has, but for HEAD, which GET brings. */
export function routesOf(app: INestApplication): Route[] {
  const express = app.getHttpAdapter().getInstance() as {
    router: { stack: { route?: { path: string; methods: Record<string, boolean> } }[] };
  };
  return express.router.stack.flatMap(({ route }) =>
    route === undefined
      ? []
      : Object.keys(route.methods).map((method) => ({
          method: method as Method,
          pattern: route.path,
          path: route.path.replace(/:(\w+)/g, (_, name: string) => examples[name] ?? name),
        })),
  );
}
