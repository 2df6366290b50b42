export type MessageKind = 'question' | 'event';

export interface Delivery {
  readonly subject: string;
  readonly text: string;
  /** True once nobody waits for the answer any more. */
  readonly abandoned: () => boolean;
}

/** Takes one message and answers with an envelope (of an event: with the empty text). Never rejects. */
export type Take = (delivery: Delivery) => Promise<string>;
