export { addDays, daysUntil, eachDay, firstDayOf, isDay, isMonth, lastDayOf } from './days';
export type { Day, Month } from './days';
export {
  addMilliseconds,
  addMinutes,
  compareInstants,
  dayAt,
  endOfDay,
  inMilliseconds,
  isClosed,
  isTimeZone,
  millisecondsBetween,
} from './zones';
export type { Instant } from './zones';
