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

export function etagOf(revision: number): string {
  return `"${revision}"`;
}
