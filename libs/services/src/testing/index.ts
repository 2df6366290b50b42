export { EventReader, type SentEvent } from './event-reader';
