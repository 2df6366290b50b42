import express, { type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import { HttpProblem, malformed } from './http-problem';

export const BODY_LIMIT_BYTES = 256 * 1024;
export const JSON_DEPTH_LIMIT = 32;

const contentTypes = ['application/json', 'application/merge-patch+json'];
/** No object of ours has such fields; some code would follow them into its prototype. */
export const pollutingKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);
/** PostgreSQL has no word for these in a text. */
const impossibleText = /[\0\p{Surrogate}]/u;

/** Reads JSON bodies and nothing else. What it lets through is an object, or no body at all. */
export function jsonBody(): RequestHandler[] {
  return [onlyJson, express.json({ limit: BODY_LIMIT_BYTES, type: contentTypes }), checkBody];
}

function onlyJson(request: Request, _response: Response, next: NextFunction): void {
  const length = request.headers['content-length'];
  const hasBody = request.headers['transfer-encoding'] !== undefined || (length ?? '0') !== '0';
  if (!hasBody || typeof request.is(contentTypes) === 'string') {
    next();
    return;
  }
  next(new HttpProblem('CONTENT_TYPE_UNSUPPORTED', 'The body must be JSON: content-type application/json.'));
}

function checkBody(request: Request, _response: Response, next: NextFunction): void {
  const body: unknown = request.body;
  const wrong = body === undefined ? undefined : wrongIn(body);
  next(wrong === undefined ? undefined : malformed([{ path: '', message: wrong }], 'BODY_INVALID'));
}

function wrongIn(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return 'the body is not an object';
  const left: Nested[] = [{ value: body, depth: 1 }];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const wrong = wrongHere(next);
    if (wrong !== undefined) return wrong;
    left.push(...childrenOf(next));
  }
  return undefined;
}

interface Nested {
  readonly value: unknown;
  readonly depth: number;
}

function wrongHere({ value, depth }: Nested): string | undefined {
  if (typeof value === 'string') {
    return impossibleText.test(value) ? 'a text holds U+0000 or half a character' : undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth > JSON_DEPTH_LIMIT) return `nested deeper than ${JSON_DEPTH_LIMIT}`;
  const polluting = Object.keys(value).some((key) => pollutingKeys.has(key) || impossibleText.test(key));
  return polluting ? 'a field has a name that is not allowed' : undefined;
}

function childrenOf({ value, depth }: Nested): Nested[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).map((child: unknown) => ({ value: child, depth: depth + 1 }));
}
