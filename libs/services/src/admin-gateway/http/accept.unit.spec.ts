import { describe, expect, it } from '@jest/globals';
import { preferredType } from './accept';

const json = 'application/json';
const csv = 'text/csv';
const ndjson = 'application/x-ndjson';

describe('the preferred type', () => {
  it.each([
    [undefined, json],
    ['', json],
    ['*/*', json],
    ['text/csv', csv],
    ['TEXT/CSV', csv],
    ['text/*', csv],
    ['application/*', json],
    ['application/x-ndjson', ndjson],
    ['text/csv, */*', csv],
    ['*/*, text/csv', csv],
    ['text/csv, application/json', csv],
    ['application/json, text/csv', json],
    ['application/json;q=0.5, text/csv;q=0.6', csv],
    ['text/csv; q=0, */*', json],
    ['application/json;q=0, */*;q=0.1', csv],
    ['application/json;q=0, application/*', ndjson],
    ['application/json; charset=utf-8', json],
    ['text/csv;header=present;q=0.9', csv],
    ['application/json, text/plain, */*', json],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', json],
    ['text/csv;q=2', null],
    ['text/csv;q=x, application/x-ndjson;q=0.001', ndjson],
    ['text/html', null],
    ['application/xml, text/plain', null],
    ['*/*;q=0', null],
    ['csv', null],
    [',;,', null],
  ])('of %j is %j', (accept, type) => {
    expect(preferredType(accept, [json, csv, ndjson])).toBe(type);
  });
});
