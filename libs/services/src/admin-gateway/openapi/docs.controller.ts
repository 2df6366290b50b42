import { createReadStream } from 'node:fs';
import { join, dirname } from 'node:path';
import { Controller, Get, Inject, Param, Res } from '@nestjs/common';
import type { Response } from 'express';
import { HttpProblem } from '../http/http-problem';
import { SHOW_DOCS } from '../parts';
import { Open } from '../sessions/access';
import { openApiDocument } from './document';
import { ERROR_STYLE, errorPage } from './error-page';

/** Where the page's own files are: those of the package, and no others. */
const assets = dirname(require.resolve('swagger-ui-dist/package.json'));
const types: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
};

const page = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Daymark API</title><link rel="stylesheet" href="/api/docs/swagger-ui.css"></head>
<body><div id="api"></div>
<script src="/api/docs/swagger-ui-bundle.js"></script><script src="/api/docs/begin.js"></script></body></html>
`;
const begin = `SwaggerUIBundle({ url: '/api/openapi.json', dom_id: '#api', deepLinking: true, validatorUrl: null });
`;

/** The API's own description. It holds no secret and needs no session; it can be turned off. */
@Open()
@Controller('api')
export class DocsController {
  private readonly document = JSON.stringify(openApiDocument());
  private readonly made: Readonly<Record<string, readonly [type: string, text: string]>> = {
    errors: ['text/html; charset=utf-8', errorPage()],
    'errors.css': ['text/css; charset=utf-8', ERROR_STYLE],
    'begin.js': ['text/javascript; charset=utf-8', begin],
  };

  constructor(@Inject(SHOW_DOCS) private readonly shown: boolean) {}

  @Get('openapi.json')
  openapi(@Res() response: Response): void {
    this.requireShown();
    response.type('application/json').send(this.document);
  }

  @Get('docs')
  docs(@Res() response: Response): void {
    this.requireShown();
    response.type('text/html').send(page);
  }

  @Get('docs/:file')
  file(@Param('file') file: string, @Res() response: Response): void {
    this.requireShown();
    const made = Object.hasOwn(this.made, file) ? this.made[file] : undefined;
    const type = made?.[0] ?? (Object.hasOwn(types, file) ? types[file] : undefined);
    if (type === undefined) throw nowhere();
    response.set('content-type', type);
    if (made !== undefined) response.send(made[1]);
    else createReadStream(join(assets, file)).pipe(response);
  }

  private requireShown(): void {
    if (!this.shown) throw nowhere();
  }
}

function nowhere(): HttpProblem {
  return new HttpProblem('ROUTE_UNKNOWN', 'There is nothing at this address.');
}
