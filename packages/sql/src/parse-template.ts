// A model's text as a tree of its template. Only the parser of nunjucks is used: its compiler would turn the template
// into JavaScript, from which `''.constructor.constructor(…)` leads out of any sandbox.

import type { Place, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import nunjucks from 'nunjucks'
import { messages } from './messages.ts'

/** A node as nunjucks names it. Lines and columns count from 0. */
export interface TemplateNode {
  readonly typename: string
  readonly lineno?: number
  readonly colno?: number
  readonly [field: string]: unknown
}

/** Characters of a template: far beyond what a person writes. */
const TEMPLATE_LIMIT = 256 * 1024

export function parseTemplate(text: string, file: string): Result<TemplateNode> {
  if (text.length > TEMPLATE_LIMIT) return fail(messages['model-template-limit']({ what: `has ${text.length} characters; at most ${TEMPLATE_LIMIT} are allowed` }, { place: { file, line: 1, column: 1 } }))
  try {
    const { parser } = nunjucks as unknown as { parser: { parse(text: string, extensions: readonly unknown[], options: object): TemplateNode } }
    return ok(parser.parse(text, [], {}))
  } catch (error) {
    if (error instanceof RangeError) return fail(messages['model-template-limit']({ what: 'is nested too deeply' }, { place: { file, line: 1, column: 1 } }))
    const { message, lineno, colno } = error as { message: string; lineno?: number; colno?: number }
    const lines = text.split('\n')
    // At the end of the text nunjucks knows no place; its own counts are one too high already.
    const line = Math.min(lines.length, Math.max(1, lineno ?? lines.length))
    const source = lines[line - 1] ?? ''
    const column = colno === undefined ? source.length + 1 : Math.max(1, colno)
    return fail(messages['model-template']({ detail: tidy(message) }, { place: { file, line, column, source } }))
  }
}

/** Where a node stands, for people. */
export function placeOf(node: TemplateNode, text: string, file: string, length?: number): Place {
  const line = (node.lineno ?? 0) + 1
  return { file, line, column: (node.colno ?? 0) + 1, ...(length !== undefined && { length }), source: text.split('\n')[line - 1] ?? '' }
}

const tidy = (message: string): string => {
  const said = message.replace(/^\(unknown path\)\s*(?:\[Line \d+, Column \d+\])?\s*/u, '').trim()
  return said.endsWith('.') ? said : `${said}.`
}
