// Macros by package and name, and which one a name means.

import type { Macro, Package } from '../types.ts'

export class MacroIndex {
  readonly #packages = new Map<string, Map<string, Macro>>()
  readonly #root: string
  readonly #dispatch: ReadonlyMap<string, readonly string[]>

  constructor(macros: Iterable<Macro>, packages: ReadonlyMap<string, Package>) {
    const root = [...packages.values()].find((one) => one.root)
    this.#root = root?.name ?? ''
    this.#dispatch = new Map((root?.dispatch ?? []).map(({ namespace, order }) => [namespace, order]))
    for (const name of packages.keys()) this.#packages.set(name, new Map())
    for (const macro of macros) this.#packages.get(macro.package)?.set(macro.block.kind === 'test' ? `test_${macro.name}` : macro.name, macro)
  }

  has(space: string): boolean {
    return this.#packages.has(space)
  }
  in(space: string, name: string): Macro | undefined {
    return this.#packages.get(space)?.get(name)
  }
  inRoot(name: string): Macro | undefined {
    return this.in(this.#root, name)
  }
  /** A name without a package: the package's own macro, else the project's. */
  find(name: string, forPackage: string): Macro | undefined {
    return this.in(forPackage, name) ?? this.inRoot(name)
  }
  searchOrder(namespace: string | undefined, forPackage: string): readonly string[] {
    if (namespace === undefined) return [...new Set([forPackage, this.#root])]
    return this.#dispatch.get(namespace) ?? [...new Set([this.#root, namespace])]
  }
}
