// A template's text to its tree.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { messages } from '../messages.ts'
import { lex } from './lex.ts'
import { JINJA_LIMITS, JinjaError } from './limits.ts'
import { Cursor, parseArguments, parseExpression, parseParameters, parseTarget, parseTuple } from './parse-expression.ts'
import type { BlockNode, Body, ExpressionNode, FilterUse, StatementNode, TargetNode, Template } from './types.ts'

export function parseTemplate(text: string, file: string): Result<Template> {
  if (text.length > JINJA_LIMITS.template) return fail(messages['dbt-template-limit']({ limit: 'characters of a template', most: JINJA_LIMITS.template }, { place: { file, line: 1, column: 1 } }))
  // Most schema values and many models have nothing to render.
  if (!text.includes('{')) return ok({ file, text, body: text === '' ? [] : [{ kind: 'data', at: 0, text: text.replace(/\r?\n$/u, '') }] })
  try {
    const c = new Cursor(lex(text, file), file, text)
    const body = parseBody(c, [])
    if (c.token.kind !== 'end') throw c.wrong(`The tag "${c.peek(1).value}" closes nothing.`)
    return ok({ file, text, body })
  } catch (error) {
    if (error instanceof JinjaError) return fail(error.diagnostic)
    if (error instanceof RangeError) return fail(messages['dbt-template-limit']({ limit: 'levels of nesting', most: 150 }, { place: { file, line: 1, column: 1 } }))
    throw error
  }
}

/** Reads until one of `ends`, which stays to be read by the caller, tag name first. */
function parseBody(c: Cursor, ends: readonly string[]): Body {
  const body: StatementNode[] = []
  for (;;) {
    const { kind, value, at } = c.token
    if (kind === 'end') return body
    if (kind === 'data') {
      c.next()
      body.push({ kind: 'data', at, text: value })
    } else if (kind === 'open-variable') {
      c.next()
      const inner = parseTuple(c)
      if (c.token.kind !== 'close-variable') throw c.wrong(`Expected the end of the expression, found ${c.shown()}.`)
      c.next()
      body.push({ kind: 'output', at, value: inner })
    } else {
      const tag = c.peek(1)
      if (ends.includes(tag.value)) return body
      c.next()
      const statement = c.nested(() => parseTag(c, at))
      if (statement !== undefined) body.push(statement)
    }
  }
}

function parseTag(c: Cursor, at: number): StatementNode | undefined {
  const tagAt = c.token.at
  const tag = c.name()
  switch (tag) {
    case 'if': return parseIf(c, at)
    case 'for': return parseFor(c, at)
    case 'set': return parseSet(c, at)
    case 'do': {
      const value = parseTuple(c)
      c.closeBlock()
      return { kind: 'do', at, value }
    }
    case 'with': return parseWith(c, at)
    case 'filter': {
      const filters = [filterUse(c)]
      while (c.take('|')) filters.push(filterUse(c))
      c.closeBlock()
      return { kind: 'filter-block', at, filters, body: until(c, at, 'filter', ['endfilter']) }
    }
    case 'call': {
      const parameters = parseParameters(c)
      const call = parseExpression(c)
      if (call.kind !== 'call') throw c.wrong('A call block needs a call.', tagAt)
      c.closeBlock()
      return { kind: 'call-block', at, parameters, call, body: until(c, at, 'call', ['endcall']) }
    }
    case 'break': case 'continue':
      c.closeBlock()
      return { kind: tag, at }
    case 'macro': return named(c, at, 'macro', ['endmacro'])
    case 'test': return named(c, at, 'test', ['endtest'])
    case 'data_test': return named(c, at, 'test', ['enddata_test'])
    case 'snapshot': return named(c, at, 'snapshot', ['endsnapshot'])
    case 'materialization': return parseMaterialization(c, at)
    case 'docs':
      throw c.wrong('A docs block belongs into a Markdown file.', tagAt)
    default:
      throw c.wrong(`There is no tag "${tag}" here.`, tagAt)
  }
}

/** The body, and the closing tag, which may repeat the name. */
function until(c: Cursor, at: number, what: string, ends: readonly string[]): Body {
  const body = parseBody(c, ends)
  if (c.token.kind === 'end') throw c.wrong(`This "${what}" has no "${ends[0] ?? ''}".`, at)
  c.next()
  c.next()
  if (c.token.kind === 'name') c.next()
  c.closeBlock()
  return body
}

function parseIf(c: Cursor, at: number): StatementNode {
  const branches: { condition: ExpressionNode; body: Body }[] = []
  let otherwise: Body = []
  let condition: ExpressionNode = parseTuple(c)
  c.closeBlock()
  for (;;) {
    const body = parseBody(c, ['elif', 'else', 'endif'])
    branches.push({ condition, body })
    if (c.token.kind === 'end') throw c.wrong('This "if" has no "endif".', at)
    c.next()
    const tag = c.name()
    if (tag === 'elif') {
      condition = parseTuple(c)
      c.closeBlock()
      continue
    }
    c.closeBlock()
    if (tag === 'else') otherwise = until(c, at, 'if', ['endif'])
    return { kind: 'if', at, branches, otherwise }
  }
}

function parseFor(c: Cursor, at: number): StatementNode {
  const target = parseTarget(c)
  c.expect('in')
  const over = parseTuple(c, false)
  const condition = c.take('if') ? parseExpression(c) : undefined
  const recursive = c.take('recursive')
  c.closeBlock()
  const body = parseBody(c, ['else', 'endfor'])
  if (c.token.kind === 'end') throw c.wrong('This "for" has no "endfor".', at)
  c.next()
  const tag = c.name()
  c.closeBlock()
  const otherwise = tag === 'else' ? until(c, at, 'for', ['endfor']) : []
  return { kind: 'for', at, target, over, ...(condition !== undefined && { condition }), body, otherwise, recursive }
}

function parseSet(c: Cursor, at: number): StatementNode {
  const target = parseTarget(c)
  if (c.take('=')) {
    const value = parseTuple(c)
    c.closeBlock()
    return { kind: 'set', at, target, value }
  }
  const filters: FilterUse[] = []
  while (c.take('|')) filters.push(filterUse(c))
  c.closeBlock()
  return { kind: 'set-block', at, target, filters, body: until(c, at, 'set', ['endset']) }
}

function parseWith(c: Cursor, at: number): StatementNode {
  const sets: { target: TargetNode; value: ExpressionNode }[] = []
  while (c.token.kind !== 'close-block') {
    if (sets.length > 0) c.expect(',')
    const target: TargetNode = { kind: 'one', name: c.name() }
    c.expect('=')
    sets.push({ target, value: parseExpression(c) })
  }
  c.closeBlock()
  return { kind: 'with', at, sets, body: until(c, at, 'with', ['endwith']) }
}

function filterUse(c: Cursor): FilterUse {
  const { at } = c.token
  const name = c.name()
  return { name, at, args: c.is('(') ? parseArguments(c) : [] }
}

function named(c: Cursor, at: number, kind: BlockNode['kind'], ends: readonly string[]): StatementNode {
  const name = c.name()
  const parameters = parseParameters(c)
  c.closeBlock()
  const body = until(c, at, kind, ends)
  return { kind, at, end: c.token.at, name, parameters, options: {}, body }
}

function parseMaterialization(c: Cursor, at: number): StatementNode {
  const name = c.name()
  const options: Record<string, ExpressionNode> = {}
  while (c.take(',')) {
    const option = c.name()
    options[option] = c.take('=') ? parseExpression(c) : { kind: 'constant', at, value: true }
  }
  c.closeBlock()
  const body = until(c, at, 'materialization', ['endmaterialization'])
  return { kind: 'materialization', at, end: c.token.at, name, parameters: [], options, body }
}
