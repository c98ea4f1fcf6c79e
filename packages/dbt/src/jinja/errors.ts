// Errors that a template makes at run time; `compile` gives them their place.

export class PyError extends Error {}

export const raise = (detail: string): never => {
  throw new PyError(detail)
}
