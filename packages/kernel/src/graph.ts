// Directed graphs by name: order, circles, and what lies downstream.

/** Edges point from a node to what it needs first. */
export type Dependencies = ReadonlyMap<string, Iterable<string>>

export interface Ordering {
  /** Needed ones first; ties keep the order of the map. Nodes on a circle are left out. */
  readonly order: readonly string[]
  /** Each circle once, starting and ending with the same name. */
  readonly circles: readonly (readonly string[])[]
}

/** Orders nodes so that what is needed comes first. Edges to unknown nodes are ignored. Linear in nodes and edges. */
export function orderByDependencies(dependencies: Dependencies): Ordering {
  const state = new Map<string, 'open' | 'done' | 'circular'>()
  const order: string[] = []
  const circles: string[][] = []
  for (const root of dependencies.keys()) {
    if (state.has(root)) continue
    const path: { name: string; needs: Iterator<string> }[] = []
    const enter = (name: string): void => {
      state.set(name, 'open')
      path.push({ name, needs: (dependencies.get(name) ?? [])[Symbol.iterator]() })
    }
    enter(root)
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const next = top.needs.next()
      if (next.done === true) {
        path.pop()
        if (state.get(top.name) === 'open') {
          state.set(top.name, 'done')
          order.push(top.name)
        }
      } else if (state.get(next.value) === 'open' || (state.get(next.value) === 'circular' && path.some((p) => p.name === next.value))) {
        const circle = path.slice(path.findIndex((p) => p.name === next.value)).map((p) => p.name)
        circles.push([...circle, next.value])
        for (const name of circle) state.set(name, 'circular')
      } else if (!state.has(next.value) && dependencies.has(next.value)) {
        enter(next.value)
      }
    }
  }
  return { order, circles }
}

/** Everything reachable from `start` along `edges`, without `start` unless a circle leads back; nearest first. */
export function reachable(start: string, edges: ReadonlyMap<string, Iterable<string>>): readonly string[] {
  const seen = new Set<string>()
  const queue = [start]
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    for (const next of edges.get(name) ?? []) {
      if (seen.has(next)) continue
      seen.add(next)
      queue.push(next)
    }
  }
  return [...seen]
}
