// Something of each of many, read again only where it changed: what is read is dear, and its version is not.

/** Answers in the order of the versions. What is gone is forgotten, and what failed is read again. */
export function rememberUnchanged<T>(read: (name: string) => Promise<T>): (versions: ReadonlyMap<string, string>) => Promise<readonly T[]> {
  let remembered = new Map<string, { readonly version: string; readonly value: T }>()
  return async (versions) => {
    const next = new Map<string, { readonly version: string; readonly value: T }>()
    for (const [name, version] of versions) {
      const known = remembered.get(name)
      next.set(name, known?.version === version ? known : { version, value: await read(name) })
    }
    remembered = next
    return [...next.values()].map(({ value }) => value)
  }
}
