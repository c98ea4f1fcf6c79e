// Objects that nothing leads to any more are removed, a few at once.

import type { Lake } from './types.ts'

const AT_ONCE = 8

/** What could not be removed, or was not reached before the signal, is left: whoever looks next finds it again. */
export async function removeObjects<T>(
  { objects }: Pick<Lake, 'objects'>, items: readonly T[], addressOf: (item: T) => string, signal?: AbortSignal,
): Promise<{ readonly removed: readonly T[]; readonly left: readonly T[] }> {
  const removed: T[] = []
  const left: T[] = []
  for (let start = 0; start < items.length; start += AT_ONCE) {
    const batch = items.slice(start, start + AT_ONCE)
    const results = signal?.aborted === true ? [] : await Promise.all(batch.map((item) => objects.remove(addressOf(item))))
    for (const [i, item] of batch.entries()) (results[i]?.ok === true ? removed : left).push(item)
  }
  return { removed, left }
}
