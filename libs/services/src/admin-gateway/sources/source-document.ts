import type { SourceSettings } from '@daymark/domain/source';
import type { SourceRow } from '@daymark/views';

export interface SourceDocument extends SourceSettings {
  readonly id: string;
  readonly revision: number;
}

export function sourceDocument(id: string, settings: SourceSettings, revision: number): SourceDocument {
  const { name, ...rest } = settings;
  return { id, name, ...rest, revision };
}

export function documentOf(row: SourceRow): SourceDocument {
  return sourceDocument(row.id, row.settings, row.revision);
}

/** What a viewer sees of a source. */
export type SourceName = Pick<SourceDocument, 'id' | 'name' | 'timeZone'>;

export function nameOf({ id, settings: { name, timeZone } }: SourceRow): SourceName {
  return { id, name, timeZone };
}

export function etagOf(revision: number): string {
  return `"${revision}"`;
}
