// Something of each of many, read again only where it changed: what is read is dear, and its version is not.

/**
 * Answers in the order of the versions. What is gone is forgotten, and what failed is read again. What is read as it was before is
 * the one from before, where `isSame` says so.
 */
export function rememberUnchanged<T>(read: (name: string) => Promise<T>, isSame: (before: T, now: T) => boolean = () => false): (versions: ReadonlyMap<string, string>) => Promise<readonly T[]> {
  let remembered = new Map<string, { readonly version: string; readonly value: T }>()
  return async (versions) => {
    const next = new Map<string, { readonly version: string; readonly value: T }>()
    for (const [name, version] of versions) {
      const known = remembered.get(name)
      if (known?.version === version) {
        next.set(name, known)
        continue
      }
      const value = await read(name)
      next.set(name, { version, value: known !== undefined && isSame(known.value, value) ? known.value : value })
    }
    remembered = next
    return [...next.values()].map(({ value }) => value)
  }
}
