// Where names live while a template runs.

import type { Budget } from './limits.ts'
import type { CallSite, Value } from './values.ts'

/** One rendering: its budget, and the functions that see where they are called from. */
export interface Run {
  readonly budget: Budget
  /** Names that no template has set; undefined where there is none. */
  readonly globals: (name: string) => Value
  readonly file: string
  readonly text: string
  /** True where nothing that is undefined may be printed. */
  readonly strict: boolean
  /** Macros that are being called, innermost last. */
  readonly trail: CallSite[]
}

export class Scope {
  readonly run: Run
  readonly parent: Scope | undefined
  #names: Map<string, Value> | undefined

  constructor(run: Run, parent?: Scope) {
    this.run = run
    this.parent = parent
  }

  get(name: string): Value {
    if (this.#names?.has(name) === true) return this.#names.get(name)
    let scope = this.parent
    while (scope !== undefined && scope.#names?.has(name) !== true) scope = scope.parent
    return scope === undefined ? this.run.globals(name) : scope.#names?.get(name)
  }

  set(name: string, value: Value): void {
    this.#names ??= new Map()
    this.#names.set(name, value)
  }
}
