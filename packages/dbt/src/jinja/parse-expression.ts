// Tokens to expressions, with Jinja's precedence: choice, or, and, not, comparison, + -, ~, * / // %, **, unary, filter, postfix.

import { wrong } from './lex.ts'
import type { Argument, ExpressionNode, Parameter, TargetNode, Token } from './types.ts'

const DEEPEST = 150
const CONSTANTS: Readonly<Record<string, null | boolean>> = { true: true, True: true, false: false, False: false, none: null, None: null }
const COMPARISONS = new Set(['==', '!=', '<', '<=', '>', '>='])

/** Reads forward through the tokens of one template. */
export class Cursor {
  readonly tokens: readonly Token[]
  readonly file: string
  readonly text: string
  #at = 0
  #depth = 0

  constructor(tokens: readonly Token[], file: string, text: string) {
    this.tokens = tokens
    this.file = file
    this.text = text
  }

  get token(): Token {
    return this.tokens[this.#at] as Token
  }
  peek(ahead: number): Token {
    return this.tokens[Math.min(this.#at + ahead, this.tokens.length - 1)] as Token
  }
  next(): Token {
    const token = this.token
    if (this.#at < this.tokens.length - 1) this.#at += 1
    return token
  }
  is(value: string): boolean {
    const { kind } = this.token
    return (kind === 'operator' || kind === 'name') && this.token.value === value
  }
  take(value: string): boolean {
    if (!this.is(value)) return false
    this.next()
    return true
  }
  expect(value: string): Token {
    if (!this.is(value)) throw this.wrong(`Expected "${value}", found ${this.shown()}.`)
    return this.next()
  }
  name(): string {
    if (this.token.kind !== 'name') throw this.wrong(`Expected a name, found ${this.shown()}.`)
    return this.next().value
  }
  closeBlock(): void {
    if (this.token.kind !== 'close-block') throw this.wrong(`Expected the end of the tag, found ${this.shown()}.`)
    this.next()
  }
  wrong(detail: string, at = this.token.at): Error {
    return wrong(detail, this.file, this.text, at)
  }
  nested<T>(read: () => T): T {
    this.#depth += 1
    if (this.#depth > DEEPEST) throw this.wrong(`This is nested more than ${DEEPEST} deep.`)
    const value = read()
    this.#depth -= 1
    return value
  }
  shown(): string {
    const { kind, value } = this.token
    if (kind === 'end') return 'the end of the file'
    if (kind === 'close-block' || kind === 'close-variable') return `the end of the ${kind === 'close-block' ? 'tag' : 'expression'}`
    return `"${value.slice(0, 40)}"`
  }
}

export const parseExpression = (c: Cursor, choices = true): ExpressionNode => c.nested(() => (choices ? parseChoice(c) : parseOr(c)))

/** `a, b` without brackets is a tuple. */
export function parseTuple(c: Cursor, choices = true): ExpressionNode {
  const { at } = c.token
  const first = parseExpression(c, choices)
  if (!c.is(',')) return first
  const items = [first]
  while (c.take(',')) {
    if (c.token.kind.startsWith('close') || c.is(')') || c.is('=')) break
    items.push(parseExpression(c, choices))
  }
  return { kind: 'tuple', at, items }
}

function parseChoice(c: Cursor): ExpressionNode {
  let value = parseOr(c)
  while (c.is('if')) {
    const { at } = c.next()
    const condition = parseOr(c)
    const otherwise = c.take('else') ? parseExpression(c) : undefined
    value = { kind: 'choice', at, condition, value, ...(otherwise !== undefined && { otherwise }) }
  }
  return value
}

function chain(c: Cursor, operators: readonly string[], operand: (c: Cursor) => ExpressionNode): ExpressionNode {
  let left = operand(c)
  while ((c.token.kind === 'operator' || c.token.kind === 'name') && operators.includes(c.token.value)) {
    const { at, value } = c.next()
    left = { kind: 'binary', at, operator: value, left, right: operand(c) }
  }
  return left
}

const parseOr = (c: Cursor): ExpressionNode => chain(c, ['or'], parseAnd)
const parseAnd = (c: Cursor): ExpressionNode => chain(c, ['and'], parseNot)

function parseNot(c: Cursor): ExpressionNode {
  if (!c.is('not')) return parseCompare(c)
  const { at } = c.next()
  return { kind: 'unary', at, operator: 'not', of: c.nested(() => parseNot(c)) }
}

function parseCompare(c: Cursor): ExpressionNode {
  const first = parseSum(c)
  const rest: { operator: string; value: ExpressionNode }[] = []
  for (;;) {
    const { kind, value, at } = c.token
    if (kind === 'operator' && COMPARISONS.has(value)) {
      c.next()
      rest.push({ operator: value, value: parseSum(c) })
    } else if (c.is('in')) {
      c.next()
      rest.push({ operator: 'in', value: parseSum(c) })
    } else if (c.is('not') && c.peek(1).value === 'in') {
      c.next()
      c.next()
      rest.push({ operator: 'not in', value: parseSum(c) })
    } else return rest.length === 0 ? first : { kind: 'compare', at, first, rest }
  }
}

const parseSum = (c: Cursor): ExpressionNode => chain(c, ['+', '-'], parseConcat)
const parseConcat = (c: Cursor): ExpressionNode => chain(c, ['~'], parseProduct)
const parseProduct = (c: Cursor): ExpressionNode => chain(c, ['*', '/', '//', '%'], parsePower)
const parsePower = (c: Cursor): ExpressionNode => chain(c, ['**'], (inner) => parseUnary(inner))

function parseUnary(c: Cursor, filters = true): ExpressionNode {
  const { at } = c.token
  if (c.is('-') || c.is('+')) {
    const operator = c.next().value as '-' | '+'
    const of = c.nested(() => parseUnary(c, false))
    return filters ? parseFilters(c, { kind: 'unary', at, operator, of }) : { kind: 'unary', at, operator, of }
  }
  const base = parsePostfix(c, parsePrimary(c))
  return filters ? parseFilters(c, base) : base
}

/** Filters and tests. */
function parseFilters(c: Cursor, base: ExpressionNode): ExpressionNode {
  let of = base
  for (;;) {
    if (c.is('|')) {
      c.next()
      const { at } = c.token
      const name = dotted(c)
      of = { kind: 'filter', at, of, name, args: c.is('(') ? parseArguments(c) : [] }
    } else if (c.is('is')) {
      const { at } = c.next()
      const negated = c.take('not')
      of = { kind: 'test', at, of, negated, ...parseTest(c) }
    } else if (c.is('(')) of = { kind: 'call', at: c.token.at, callee: of, args: parseArguments(c) }
    else return of
  }
}

function parseTest(c: Cursor): { readonly name: string; readonly args: readonly Argument[] } {
  const name = dotted(c)
  if (c.is('(')) return { name, args: parseArguments(c) }
  const { kind, value } = c.token
  const starts = kind === 'text' || kind === 'integer' || kind === 'float' || (kind === 'name' && !['else', 'and', 'or', 'is', 'if', 'not', 'in', 'recursive'].includes(value)) || (kind === 'operator' && (value === '[' || value === '{'))
  return { name, args: starts ? [{ value: parsePostfix(c, parsePrimary(c)) }] : [] }
}

function dotted(c: Cursor): string {
  let name = c.name()
  while (c.is('.') && c.peek(1).kind === 'name') {
    c.next()
    name += `.${c.name()}`
  }
  return name
}

function parsePostfix(c: Cursor, base: ExpressionNode): ExpressionNode {
  let of = base
  for (;;) {
    const { at } = c.token
    if (c.is('.')) {
      c.next()
      if (c.token.kind === 'integer') of = { kind: 'item', at, of, key: { kind: 'constant', at, value: Number(c.next().value) } }
      else of = { kind: 'attribute', at, of, name: c.name() }
    } else if (c.is('[')) {
      c.next()
      of = parseSubscript(c, of, at)
    } else if (c.is('(')) of = { kind: 'call', at, callee: of, args: parseArguments(c) }
    else return of
  }
}

function parseSubscript(c: Cursor, of: ExpressionNode, at: number): ExpressionNode {
  const from = c.is(':') ? undefined : parseTuple(c)
  if (!c.is(':')) {
    c.expect(']')
    return { kind: 'item', at, of, key: from as ExpressionNode }
  }
  c.next()
  const to = c.is(':') || c.is(']') ? undefined : parseExpression(c)
  const step = c.take(':') && !c.is(']') ? parseExpression(c) : undefined
  c.expect(']')
  return { kind: 'slice', at, of, ...(from !== undefined && { from }), ...(to !== undefined && { to }), ...(step !== undefined && { step }) }
}

export function parseArguments(c: Cursor): readonly Argument[] {
  c.expect('(')
  const args: Argument[] = []
  while (!c.is(')')) {
    if (args.length > 0) c.expect(',')
    if (c.is(')')) break
    if (c.take('*')) args.push({ spread: 'list', value: parseExpression(c) })
    else if (c.take('**')) args.push({ spread: 'map', value: parseExpression(c) })
    else if (c.token.kind === 'name' && c.peek(1).kind === 'operator' && c.peek(1).value === '=') {
      const name = c.name()
      c.next()
      args.push({ name, value: parseExpression(c) })
    } else args.push({ value: parseExpression(c) })
  }
  c.expect(')')
  return args
}

function parsePrimary(c: Cursor): ExpressionNode {
  const { kind, value, at } = c.token
  if (kind === 'name') {
    c.next()
    return Object.hasOwn(CONSTANTS, value) ? { kind: 'constant', at, value: CONSTANTS[value] as null | boolean } : { kind: 'name', at, name: value }
  }
  if (kind === 'text') {
    let joined = c.next().value
    while (c.token.kind === 'text') joined += c.next().value
    return { kind: 'constant', at, value: joined }
  }
  if (kind === 'integer') return { kind: 'constant', at, value: Number(c.next().value) }
  if (kind === 'float') return { kind: 'constant', at, value: Number(c.next().value), float: true }
  if (c.take('(')) {
    if (c.take(')')) return { kind: 'tuple', at, items: [] }
    const inner = c.nested(() => parseTuple(c))
    c.expect(')')
    return inner
  }
  if (c.take('[')) return { kind: 'list', at, items: c.nested(() => listed(c, ']', () => parseExpression(c))) }
  if (c.take('{')) {
    const pairs = c.nested(() => listed(c, '}', () => {
      const key = parseExpression(c)
      c.expect(':')
      return [key, parseExpression(c)] as const
    }))
    return { kind: 'map', at, pairs }
  }
  throw c.wrong(`Expected a value, found ${c.shown()}.`)
}

function listed<T>(c: Cursor, end: string, read: () => T): readonly T[] {
  const items: T[] = []
  while (!c.is(end)) {
    if (items.length > 0) c.expect(',')
    if (c.is(end)) break
    items.push(read())
  }
  c.expect(end)
  return items
}

export function parseParameters(c: Cursor): readonly Parameter[] {
  if (!c.take('(')) return []
  return listed(c, ')', () => {
    const name = c.name()
    return c.take('=') ? { name, fallback: parseExpression(c) } : { name }
  })
}

export function parseTarget(c: Cursor): TargetNode {
  const one = (): TargetNode => {
    if (c.take('(')) {
      const inner = parseTarget(c)
      c.expect(')')
      return inner
    }
    const name = c.name()
    return c.take('.') ? { kind: 'member', of: name, name: c.name() } : { kind: 'one', name }
  }
  const targets = [one()]
  while (c.take(',')) if (c.token.kind === 'name' || c.is('(')) targets.push(one())
  return targets.length === 1 ? (targets[0] as TargetNode) : { kind: 'several', targets }
}
