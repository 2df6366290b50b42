export { describeMessaging } from './describe-messaging';
export { listenWith } from './subject';
export type { MessagingFactory, MessagingUnderTest, ServiceOptions } from './subject';
export { describeWithNats } from './with-nats';
