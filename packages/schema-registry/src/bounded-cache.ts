// Remembers what was asked for last, up to so many characters.

export class BoundedCache<V> {
  private readonly entries = new Map<string, { readonly value: V; readonly weight: number }>()
  private readonly most: number
  private weight = 0

  constructor(most: number) { this.most = most }

  get(key: string): V | undefined {
    const entry = this.entries.get(key)
    if (entry === undefined) return undefined
    // The last one asked for is the last one to go.
    this.entries.delete(key)
    this.entries.set(key, entry)
    return entry.value
  }

  set(key: string, value: V, weight: number): void {
    this.weight += weight - (this.entries.get(key)?.weight ?? 0)
    this.entries.delete(key)
    this.entries.set(key, { value, weight })
    for (const [oldest, entry] of this.entries) {
      if (this.weight <= this.most || oldest === key) break
      this.entries.delete(oldest)
      this.weight -= entry.weight
    }
  }

  clear(): void {
    this.entries.clear()
    this.weight = 0
  }
}
