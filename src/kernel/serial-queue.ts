/** Runs tasks one after another, in the order they were given. */
export class SerialQueue {
  #last: Promise<unknown> = Promise.resolve();

  /** Resolves or rejects as the task does; a task that fails does not stop the next. */
  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task);
    this.#last = result.catch(() => {});
    return result;
  }

  /** Resolves when all tasks given so far are done. Never rejects. */
  async idle(): Promise<void> {
    await this.#last;
  }
}

/** One queue for each key, for as long as it has tasks. */
export class KeyedQueues {
  readonly #queues = new Map<string, { queue: SerialQueue; tasks: number }>();

  async run<T>(key: string, task: () => Promise<T>): Promise<T> {
    const entry = this.#queues.get(key) ?? { queue: new SerialQueue(), tasks: 0 };
    this.#queues.set(key, entry);
    entry.tasks++;
    try {
      return await entry.queue.run(task);
    } finally {
      if (--entry.tasks === 0) this.#queues.delete(key);
    }
  }

  async idle(): Promise<void> {
    await Promise.all([...this.#queues.values()].map((entry) => entry.queue.idle()));
  }
}
