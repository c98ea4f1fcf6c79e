// What the server says no to. Trying again does not help until something changes.

export interface Finding { readonly code: string; readonly message: string; readonly help?: string }

export class Refused extends Error {
  readonly status: number
  readonly code: string
  readonly findings: readonly Finding[]
  constructor(status: number, findings: readonly Finding[]) {
    super(findings[0]?.message ?? `The server answered ${status}.`)
    this.name = 'Refused'
    this.status = status
    this.code = findings[0]?.code ?? ''
    this.findings = findings
  }
}

/** What passes by itself: no answer, too many at a time, a server that starts or stops. */
export const isPassing = (error: unknown): boolean => !(error instanceof Refused) || error.status === 429 || error.status >= 500
