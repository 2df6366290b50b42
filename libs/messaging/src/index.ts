export { prepareHandlers, questionPipe } from './handlers';
export type { HandlerFault, MessageContext } from './handlers';
export { measuredMessenger, type MessagingMeter } from './measured';
export { MessageFault } from './port';
export type { MessageFaultCode, Messenger, Problem } from './port';
export { problem, problemCodes } from './problem';
export { MESSENGER } from './token';
export { MAX_MESSAGE_BYTES } from './wire';
