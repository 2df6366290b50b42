/** A wait that can be ended early, and then for ever. */
export class Pause {
  private ended = false;
  private wake: () => void = () => undefined;

  async wait(ms: number): Promise<void> {
    if (this.ended) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      timer = setTimeout(resolve, ms);
    });
    clearTimeout(timer);
  }

  end(): void {
    this.ended = true;
    this.wake();
  }
}
