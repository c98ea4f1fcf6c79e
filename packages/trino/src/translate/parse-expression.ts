// Tokens → a tree, by the engine's precedence. Whatever is not known here cannot be said.

import type { Expression } from './types.ts'
import type { Token } from './read-tokens.ts'
import { readTokens } from './read-tokens.ts'
import { cannot } from './types.ts'

const DEEPEST = 80
const END: Token = { kind: 'end', text: '' }

/** How tightly operators bind. */
const BINDS: Readonly<Record<string, number>> = { or: 1, and: 2, '=': 5, '<>': 5, '!=': 5, '<': 5, '<=': 5, '>': 5, '>=': 5, '||': 7, '+': 8, '-': 8, '*': 9, '/': 9, '%': 9 }
const NOT = 3
const IS = 4
const AMONG = 6
const SIGN = 10
const CAST = 11
/** Behind them stands something other than a call. */
const RESERVED = new Set(['and', 'or', 'not', 'is', 'in', 'between', 'like', 'ilike', 'case', 'when', 'then', 'else', 'end', 'as', 'from', 'escape', 'select', 'distinct', 'similar', 'glob', 'collate', 'interval', 'at', 'isnull', 'notnull'])

export function parseExpression(sql: string): Expression {
  const reader = new Reader(readTokens(sql))
  const expression = reader.expression(0)
  if (reader.peek().kind !== 'end') cannot(`"${reader.peek().text.slice(0, 30)}" in it`)
  return expression
}

class Reader {
  readonly #tokens: readonly Token[]
  #at = 0
  #depth = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  peek(ahead = 0): Token {
    return this.#tokens[this.#at + ahead] ?? END
  }

  #take(): Token {
    const token = this.peek()
    this.#at += 1
    return token
  }

  #is(text: string, ahead = 0): boolean {
    const token = this.peek(ahead)
    return token.text === text && (token.kind === 'word' || token.kind === 'symbol')
  }

  #accept(text: string): boolean {
    if (!this.#is(text)) return false
    this.#at += 1
    return true
  }

  #expect(text: string): void {
    if (!this.#accept(text)) cannot(`"${this.peek().text.slice(0, 30)}" where ${text} was looked for`)
  }

  expression(least: number): Expression {
    this.#depth += 1
    if (this.#depth > DEEPEST) cannot('it is nested too deep')
    let left = this.#first()
    for (let more = this.#more(left, least); more !== undefined; more = this.#more(left, least)) left = more
    this.#depth -= 1
    return left
  }

  #more(left: Expression, least: number): Expression | undefined {
    const { kind, text } = this.peek()
    if (kind !== 'word' && kind !== 'symbol') return undefined
    if (text === '::' && CAST >= least) {
      this.#at += 1
      return { kind: 'cast', of: left, type: this.#type(), tries: false }
    }
    const binds = BINDS[text]
    if (binds !== undefined) {
      if (binds < least) return undefined
      this.#at += 1
      return { kind: 'binary', operator: text, left, right: this.expression(binds + 1) }
    }
    if (IS >= least && (text === 'isnull' || text === 'notnull')) {
      this.#at += 1
      return { kind: 'is-null', of: left, negated: text === 'notnull' }
    }
    if (IS >= least && text === 'is') return this.#isTest(left)
    return AMONG >= least ? this.#among(left) : undefined
  }

  #isTest(left: Expression): Expression {
    this.#expect('is')
    const negated = this.#accept('not')
    if (this.#accept('null')) return { kind: 'is-null', of: left, negated }
    this.#expect('distinct')
    this.#expect('from')
    return { kind: 'distinct', left, right: this.expression(AMONG), negated }
  }

  #among(left: Expression): Expression | undefined {
    const negated = this.#is('not')
    const word = this.peek(negated ? 1 : 0).text
    if (!['in', 'between', 'like', 'ilike'].includes(word) || this.peek(negated ? 1 : 0).kind !== 'word') return undefined
    this.#at += negated ? 2 : 1
    switch (word) {
      case 'in':
        this.#expect('(')
        return { kind: 'in', of: left, items: this.#items(')'), negated }
      case 'between': {
        const low = this.expression(AMONG + 1)
        this.#expect('and')
        return { kind: 'between', of: left, low, high: this.expression(AMONG + 1), negated }
      }
      default: {
        const pattern = this.expression(AMONG + 1)
        const escape = this.#accept('escape') ? this.expression(AMONG + 1) : undefined
        return { kind: 'like', of: left, pattern, ...(escape !== undefined && { escape }), ignoresCase: word === 'ilike', negated }
      }
    }
  }

  #items(end: string): readonly Expression[] {
    const items: Expression[] = []
    while (!this.#accept(end)) {
      if (items.length > 0) this.#expect(',')
      items.push(this.expression(0))
    }
    return items
  }

  #first(): Expression {
    const token = this.#take()
    switch (token.kind) {
      case 'string': return { kind: 'string', value: token.text }
      case 'number': return { kind: 'number', text: token.text }
      case 'identifier':
        if (this.#is('.') || this.#is('(')) cannot('a part of a column')
        return { kind: 'column', name: token.text }
      case 'symbol': return this.#symbol(token.text)
      case 'word': return this.#word(token.text)
      case 'end': return cannot('its end is missing')
    }
  }

  #symbol(text: string): Expression {
    if (text === '(') {
      const inner = this.expression(0)
      this.#expect(')')
      return inner
    }
    if (text === '[') return { kind: 'list', items: this.#items(']') }
    if (text === '-') return { kind: 'minus', of: this.expression(SIGN) }
    return text === '+' ? this.expression(SIGN) : cannot(`"${text}" in it`)
  }

  #word(word: string): Expression {
    switch (word) {
      case 'true': case 'false': case 'null': return { kind: 'word', word }
      case 'not': return { kind: 'not', of: this.expression(NOT) }
      case 'case': return this.#case()
      case 'cast': case 'try_cast': {
        this.#expect('(')
        const of = this.expression(0)
        this.#expect('as')
        const type = this.#type()
        this.#expect(')')
        return { kind: 'cast', of, type, tries: word === 'try_cast' }
      }
      case 'date': case 'timestamp':
        if (this.peek().kind === 'string') return { kind: 'typed', type: word, value: this.#take().text }
        return cannot(`the word ${word.toUpperCase()}`)
      case 'extract': {
        this.#expect('(')
        const unit = this.#take().text
        this.#expect('from')
        const of = this.expression(0)
        this.#expect(')')
        return { kind: 'extract', unit, of }
      }
      default:
        if (RESERVED.has(word) || !this.#accept('(')) return cannot(`the word ${word.slice(0, 40).toUpperCase()}`)
        return { kind: 'call', name: word, args: this.#items(')') }
    }
  }

  #case(): Expression {
    const of = this.#is('when') ? undefined : this.expression(0)
    const branches: (readonly [Expression, Expression])[] = []
    while (this.#accept('when')) {
      const when = this.expression(0)
      this.#expect('then')
      branches.push([when, this.expression(0)])
    }
    const otherwise = this.#accept('else') ? this.expression(0) : undefined
    this.#expect('end')
    if (branches.length === 0) cannot('a CASE without WHEN')
    return { kind: 'case', ...(of !== undefined && { of }), branches, ...(otherwise !== undefined && { otherwise }) }
  }

  #type(): string {
    const name = this.#take()
    if (name.kind !== 'word') return cannot('a type')
    if (name.text === 'timestamp' && this.#accept('with')) {
      this.#expect('time')
      this.#expect('zone')
      return 'timestamptz'
    }
    if (!this.#accept('(')) return name.text
    const sizes = this.#items(')').map((size) => (size.kind === 'number' && /^\d{1,2}$/u.test(size.text) ? size.text : cannot('a type')))
    return `${name.text}(${sizes.join(', ')})`
  }
}
