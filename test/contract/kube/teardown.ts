/** Where a test, or a group of tests, leaves what is to be done at its end; node's TestContext is one. */
export interface Teardown {
  after(step: () => unknown): void;
}

/** One for a group of tests. What is left running would keep the process from ending. */
export class GroupTeardown implements Teardown {
  readonly #steps: (() => unknown)[] = [];

  after(step: () => unknown): void {
    this.#steps.push(step);
  }

  /** Last things first. */
  async run(): Promise<void> {
    for (const step of this.#steps.splice(0).reverse()) await step();
  }
}
