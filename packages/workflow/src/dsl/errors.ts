// Errors as the language has them: problem details with a type of the specification, a status, and the task at fault.

import type { Json } from '@tulle/kernel'

const TYPES = 'https://serverlessworkflow.io/spec/1.0.0/errors/'

/** The standard types, with the status that each has unless a better one is known. */
const STANDARD = { configuration: 400, validation: 400, expression: 400, authentication: 401, authorization: 403, timeout: 408, communication: 500, runtime: 500 } as const
export type StandardError = keyof typeof STANDARD

const TITLES: Readonly<Record<StandardError, string>> = {
  configuration: 'Configuration Error', validation: 'Validation Error', expression: 'Expression Error', authentication: 'Authentication Error',
  authorization: 'Authorization Error', timeout: 'Timeout', communication: 'Communication Error', runtime: 'Runtime Error',
}

export interface WorkflowError {
  readonly [member: string]: Json | undefined
  readonly type: string
  readonly status: number
  readonly title?: string
  readonly detail?: string
  /** A JSON pointer to the task at fault. */
  readonly instance?: string
}

/** Ends the task in flight; `try` may catch it. */
export class Fault extends Error {
  readonly error: WorkflowError
  /** Of a timeout: the task whose time is over. Nothing inside of that task catches it. */
  readonly timed: string | undefined

  constructor(error: WorkflowError, timed?: string) {
    super(`${error.title ?? error.type}: ${error.detail ?? ''}`)
    this.error = error
    this.timed = timed
  }
}

export const standardError = (kind: StandardError, detail: string, more: Partial<WorkflowError> = {}): WorkflowError =>
  ({ type: `${TYPES}${kind}`, status: STANDARD[kind], title: TITLES[kind], detail: detail.slice(0, 2_000), ...more })

export const fault = (kind: StandardError, detail: string, more: Partial<WorkflowError> = {}): Fault => new Fault(standardError(kind, detail, more))

export const timeoutFault = (reference: string): Fault =>
  new Fault(standardError('timeout', `${reference === '' ? 'The workflow' : `The task ${reference}`} is out of time.`, { instance: reference === '' ? '/' : reference }), reference)

/** The standard types have been spelt in several ways; all spellings are one. */
export const typeKey = (type: string): string => type.replace(/^https?:\/\/(?:www\.)?serverlessworkflow\.io(?:\.io)?\/(?:dsl\/|spec\/[^/]+\/)?errors\/(?:types\/)?/u, TYPES)

/** What any thrown thing is to a workflow. */
export function asFault(thrown: unknown, instance: string): Fault {
  if (thrown instanceof Fault) return thrown.error.instance === undefined ? new Fault({ ...thrown.error, instance }, thrown.timed) : thrown
  return fault('runtime', thrown instanceof Error ? thrown.message : String(thrown), { instance })
}
