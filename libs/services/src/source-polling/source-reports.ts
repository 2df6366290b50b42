import type { CommandContext } from '@daymark/contracts';
import type { SourceEvent, SourceState } from '@daymark/domain/source';
import { withFields, type Lines } from '@daymark/platform';

/** Says what became of sources, a line each, under the correlation id of who asked. What polls find is shown, not logged. */
export function reportSource(
  logger: Lines,
  event: SourceEvent,
  { correlationId, actor }: CommandContext,
  state: SourceState,
): void {
  if (state.status === 'none') return;
  const lines = withFields(logger, { correlationId, source: state.settings.name });
  switch (event.type) {
    case 'SourceRegistered': {
      lines.info({ actor, sourceId: state.id }, 'A source was registered.');
      return;
    }
    case 'SourceChanged': {
      lines.info({ actor }, 'A source was changed.');
      return;
    }
    case 'SourceRemoved': {
      lines.info({ actor, elements: event.data.elements }, 'A source was removed.');
      return;
    }
    case 'SourceUnreachable': {
      lines.warn({ code: event.data.code }, 'A source cannot be read.');
      return;
    }
    case 'SourceRecovered': {
      lines.info({}, 'A source can be read again.');
      return;
    }
    case 'PendingElementsDetected':
    case 'SourceAligned':
    case 'LateElementsHeld':
  }
}
