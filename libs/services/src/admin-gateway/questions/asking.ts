/** Who asks a service, and under which command. */
export interface AskingCaller {
  readonly actor: string;
  readonly commandId: string;
  readonly correlationId: string;
}

/** A question as it is sent: the plain shape of the class that the answering side checks it with. */
export type Asking<Question> = Omit<Question, 'caller'> & { readonly caller: AskingCaller };
