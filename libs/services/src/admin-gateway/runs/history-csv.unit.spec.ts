import { describe, expect, it } from '@jest/globals';
import { RUN_ID, SOURCE_ID, runRow } from '../testing/rows';
import { CSV_HEADER, runsAsCsv } from './history-csv';
import { runSummary, type RunSummary } from './run-document';

const run = (over: Partial<RunSummary> = {}): RunSummary => ({ ...runSummary(runRow(), undefined), ...over });

const by = (actor: string): RunSummary =>
  run({ trigger: { kind: 'person', actor, occurrence: '2026-11-23T02:00' } });

/** The cell under that name, of a row without line breaks and quoted commas before it. */
function cell(runs: RunSummary, name: string): string | undefined {
  return runsAsCsv([runs]).trimEnd().split(',')[CSV_HEADER.trimEnd().split(',').indexOf(name)];
}

describe('the history as CSV', () => {
  it('has one row per run under a header, each ended by CRLF', () => {
    const text = CSV_HEADER + runsAsCsv([run(), run({ period: { from: '2026-11-13', to: '2026-11-22' } })]);
    expect(text).toBe(
      [
        'id,sourceId,type,resync,dryRun,approves,status,trigger.kind,trigger.actor,trigger.occurrence,period.from,' +
          'period.to,requestedAt,startedAt,finishedAt,attempts,progress.daysDone,progress.daysTotal,' +
          'progress.elementsRead,counts.read,counts.inserted,counts.changed,counts.unchanged,counts.deleted,' +
          'counts.quarantined,counts.withheld,problem.code,problem.detail',
        `${RUN_ID},${SOURCE_ID},incremental,false,false,,running,api,administrator,,,,2026-11-23T03:00:00.000Z,` +
          '2026-11-23T03:00:01.000Z,,1,0,,0,0,0,0,0,0,0,0,,',
        `${RUN_ID},${SOURCE_ID},incremental,false,false,,running,api,administrator,,2026-11-13,2026-11-22,` +
          '2026-11-23T03:00:00.000Z,2026-11-23T03:00:01.000Z,,1,0,,0,0,0,0,0,0,0,0,,',
        '',
      ].join('\r\n'),
    );
  });

  it.each([
    ['maria', 'maria'],
    ['=1+1', "'=1+1"],
    ['+39', "'+39"],
    ['-rm', "'-rm"],
    ['@here', "'@here"],
    ['\t=1', "'\t=1"],
    ['a=1', 'a=1'],
    ['', ''],
    ['Zoë 日本', 'Zoë 日本'],
  ])('makes no formula of the actor %j', (actor, written) => {
    expect(cell(by(actor), 'trigger.actor')).toBe(written);
  });

  it.each([
    ['say "hi"', '"say ""hi"""'],
    ['a,b', '"a,b"'],
    ['a\nb\r\nc', '"a\nb\r\nc"'],
    ['=HYPERLINK("x")', `"'=HYPERLINK(""x"")"`],
  ])('quotes %j', (actor, written) => {
    expect(runsAsCsv([by(actor)])).toContain(`,person,${written},2026-11-23T02:00,`);
  });
});
