// What a template may cost, and the error that ends it. A limit says its name.

import type { Diagnostic, Place } from '@tulle/kernel'
import { messages } from '../messages.ts'

export interface JinjaLimits {
  /** Characters of one template. */
  readonly template: number
  /** Statements, calls and turns of loops of one rendering. */
  readonly steps: number
  /** Characters that one rendering, or one text in it, may have. */
  readonly output: number
  /** Members of one list. */
  readonly members: number
  /** Macros that call each other. */
  readonly depth: number
  readonly milliseconds: number
}

export const JINJA_LIMITS: JinjaLimits = { template: 1_000_000, steps: 2_000_000, output: 20_000_000, members: 1_000_000, depth: 100, milliseconds: 20_000 }

/** Ends a rendering; it becomes a diagnostic at the door of this room. `trail` are the places that called. */
export class JinjaError extends Error {
  readonly diagnostic: Diagnostic
  constructor(diagnostic: Diagnostic) {
    super(diagnostic.message)
    this.diagnostic = diagnostic
  }
}

/** Where an offset of a text is. */
export function placeOf(file: string, text: string, at: number): Place {
  const offset = Math.min(Math.max(0, at), text.length)
  const start = text.lastIndexOf('\n', offset - 1) + 1
  const end = text.indexOf('\n', start)
  const source = text.slice(start, end === -1 ? text.length : end).trimEnd()
  let line = 1
  for (let i = text.indexOf('\n'); i !== -1 && i < start; i = text.indexOf('\n', i + 1)) line += 1
  return { file, line, column: offset - start + 1, ...(source.length <= 1000 && { source }) }
}

/** Counts what one rendering costs. */
export class Budget {
  readonly limits: JinjaLimits
  readonly #ends: number
  readonly #now: () => number
  #steps = 0
  #output = 0
  depth = 0

  constructor(limits: JinjaLimits, now: () => number) {
    this.limits = limits
    this.#now = now
    this.#ends = now() + limits.milliseconds
  }

  step(): void {
    this.#steps += 1
    if (this.#steps > this.limits.steps) exceed('steps', this.limits.steps)
    if (this.#steps % 4096 === 0 && this.#now() > this.#ends) exceed('milliseconds', this.limits.milliseconds)
  }

  text(length: number): void {
    this.#output += length
    if (this.#output > this.limits.output) exceed('characters of output', this.limits.output)
  }

  enter(): void {
    this.depth += 1
    if (this.depth > this.limits.depth) exceed('macros that call each other', this.limits.depth)
  }
}

/** A single value that would be too large to make. */
export function checkLength(length: number, limits: JinjaLimits = JINJA_LIMITS): void {
  if (length > limits.output) exceed('characters of output', limits.output)
}
export function checkMembers(count: number, limits: JinjaLimits = JINJA_LIMITS): void {
  if (count > limits.members) exceed('members of a list', limits.members)
}

function exceed(limit: string, most: number): never {
  throw new JinjaError(messages['dbt-template-limit']({ limit, most }))
}
