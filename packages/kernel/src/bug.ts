// The one way to throw: a broken promise of our own, in words that send nobody to search their files.

/** Our fault, not the user's. Doors turn it into `internal-error` and log it whole. */
export class Bug extends Error {
  constructor(what: string, options?: ErrorOptions) {
    super(`This is a bug in Tulle, not in your files: ${what} Please report it.`, options)
    this.name = 'Bug'
  }
}

/** Marks the branch that a closed union leaves impossible. */
export function unreachable(value: never): never {
  throw new Bug(`unexpected value ${JSON.stringify(value)}.`)
}
