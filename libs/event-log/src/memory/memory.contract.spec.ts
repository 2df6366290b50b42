import { describeEventLog } from '../testing/describe-event-log';
import { createMemoryLogStore, openMemoryEventLog } from './index';

describeEventLog('the memory log', () => {
  const store = createMemoryLogStore();
  return Promise.resolve({
    open: () => Promise.resolve(openMemoryEventLog(store)),
    dispose: () => Promise.resolve(),
  });
});
