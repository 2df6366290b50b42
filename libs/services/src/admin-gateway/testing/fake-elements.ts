import type { ElementsWanted, StoredElement } from '@daymark/elements';
import type { ElementReads } from '../parts';

/** A copy that holds what a spec says, the same on every day; what it was asked for is kept. */
export interface FakeElements extends ElementReads {
  items: StoredElement[];
  readonly asked: (ElementsWanted & { sourceId: string; day: string })[];
}

export function createFakeElements(): FakeElements {
  const elements: FakeElements = {
    items: [],
    asked: [],
    page: (sourceId, day, wanted) => {
      elements.asked.push({ sourceId, day, ...wanted });
      const { after, limit } = wanted;
      const rest = elements.items.filter(({ key }) => after === null || key > after);
      const items = rest.slice(0, limit);
      const next = rest.length > limit ? (items.at(-1)?.key ?? null) : null;
      return Promise.resolve({ items, next });
    },
  };
  return elements;
}
