// A place that is looked up when it is read. A mesh of ten thousand products has a hundred thousand places, and a load
// that asks for none of them must not pay for any.

import type { Place } from '@tulle/kernel'
import type { Path, PathPart } from './locate.ts'

/** Whatever can tell where a value stands. */
interface Locator { readonly file: string; readonly place: (path: Path, part: PathPart) => Place }

/** Behaves as the place that the locator gives, and prints as JSON like a plain one. */
export class LaterPlace implements Place {
  readonly #locator: Locator
  readonly #path: Path
  readonly #part: PathPart

  constructor(locator: Locator, path: Path, part: PathPart) {
    this.#locator = locator
    this.#path = path
    this.#part = part
  }

  get file(): string {
    return this.#locator.file
  }

  get line(): number {
    return this.toJSON().line
  }

  get column(): number {
    return this.toJSON().column
  }

  get length(): number {
    return this.toJSON().length ?? 1
  }

  get source(): string {
    return this.toJSON().source ?? ''
  }

  /** The plain place. */
  toJSON(): Place {
    return this.#locator.place(this.#path, this.#part)
  }
}
