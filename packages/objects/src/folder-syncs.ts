// Syncs of folders, shared: whoever asks while one is under way is served by the next, together with all who ask until then.

export class FolderSyncs {
  readonly #sync: (folder: string) => Promise<void>
  readonly #running = new Map<string, Promise<void>>()
  readonly #next = new Map<string, Promise<void>>()

  constructor(sync: (folder: string) => Promise<void>) {
    this.#sync = sync
  }

  /** Resolves once everything that was done in the folder before this call is durable. */
  sync(folder: string): Promise<void> {
    let next = this.#next.get(folder)
    if (next === undefined) {
      next = this.#after(this.#running.get(folder), folder)
      this.#next.set(folder, next)
    }
    return next
  }

  // INVARIANT: a sync that has begun serves nobody who asks later, since it may have passed over what they did.
  async #after(running: Promise<void> | undefined, folder: string): Promise<void> {
    await running?.catch(() => undefined)
    this.#next.delete(folder)
    const own = this.#sync(folder)
    this.#running.set(folder, own)
    await own.finally(() => {
      if (this.#running.get(folder) === own) this.#running.delete(folder)
    })
  }
}
