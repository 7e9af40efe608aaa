/** What happened, in order, for a test to await: no sleeps. */
export class Inbox<T> {
  readonly all: T[] = []
  readonly #unread: Promise<T>[] = []
  readonly #readers: ((item: T) => void)[] = []

  push(item: T): void {
    this.all.push(item)
    const reader = this.#readers.shift()
    if (reader) reader(item)
    else this.#unread.push(Promise.resolve(item))
  }

  next(): Promise<T> {
    return this.#unread.shift() ?? new Promise((resolve) => this.#readers.push(resolve))
  }

  get empty(): boolean {
    return this.#unread.length === 0
  }
}
