// Which tables a text of statements reads and writes, in whatever dialect a tool of others speaks. It is read word by word, so
// it is a hint for a graph and never a ground for a decision: what may be read is decided on the engine's own tree alone.

import { splitWords } from './split-words.ts'
import type { Word } from './split-words.ts'

export interface TextTables {
  /** Dotted names as they are spelt, quotes off; files as `path:…`. What is only passed through is neither. */
  readonly sources: readonly string[]
  readonly targets: readonly string[]
}

const TEXT_LIMIT = 1_000_000

export function tablesOfText(sql: string): TextTables {
  const session = new Session()
  for (const statement of statementsOf(splitWords(sql.slice(0, TEXT_LIMIT)))) session.take(statement)
  return session.tables()
}

/** What the statements of a text come to together. */
class Session {
  readonly #steps: { sources: Map<string, string>; targets: Map<string, string>; makes: boolean }[] = []

  take(words: readonly Word[]): void {
    const reader = new Statement(words)
    reader.read()
    for (const [from, to] of reader.renamed) for (const step of this.#steps) rename(step.targets, from, to)
    for (const dropped of reader.dropped) for (const step of this.#steps) for (const names of [step.sources, step.targets]) names.delete(dropped.toLowerCase())
    this.#steps.push({ sources: reader.sources, targets: reader.targets, makes: reader.makes })
  }

  tables(): TextTables {
    const sources = new Map(this.#steps.flatMap((step) => [...step.sources]))
    const targets = new Map(this.#steps.flatMap((step) => [...step.targets]))
    // A table that one statement makes for a later one is passed through.
    for (const [i, step] of this.#steps.entries()) {
      if (!step.makes) continue
      for (const name of step.targets.keys()) if (this.#steps.slice(i + 1).some((later) => later.sources.has(name))) for (const names of [sources, targets]) names.delete(name)
    }
    return { sources: [...sources.values()].toSorted(), targets: [...targets.values()].toSorted() }
  }
}

function rename(names: Map<string, string>, from: string, to: string): void {
  if (names.delete(from.toLowerCase())) names.set(to.toLowerCase(), to)
}

/** Between semicolons; an INSERT begins another one where a dialect needs none. The body of a procedure is statements. */
function statementsOf(words: readonly Word[]): readonly (readonly Word[])[] {
  const statements: Word[][] = [[]]
  let depth = 0
  for (const [i, word] of words.entries()) {
    if (word.text === '(' && word.kind === 'sign') depth += 1
    if (word.text === ')' && word.kind === 'sign') depth -= 1
    const now = statements.at(-1) as Word[]
    const starts = depth === 0 && is(word, 'insert') && now.some((one) => is(one, 'select', 'values')) && now.some((one) => is(one, 'insert')) && !now.some((one) => is(one, 'merge', 'with'))
    if ((word.kind === 'sign' && word.text === ';' && depth === 0) || (is(word, 'begin') && now.some((one) => is(one, 'procedure')))) statements.push([])
    else if (starts) statements.push([word])
    else if (!(is(word, 'end') && now.length === 0 && i === words.length - 1)) now.push(word)
  }
  return statements.filter((one) => one.length > 0)
}

const is = (word: Word | undefined, ...keywords: readonly string[]): boolean => word?.kind === 'name' && keywords.includes(word.text.toLowerCase())
const isSign = (word: Word | undefined, sign: string): boolean => word?.kind === 'sign' && word.text === sign

/** What is inside one pair of parentheses. */
interface Level {
  /** A name goes before it: arguments. */
  readonly isCall: boolean
  hasSelect: boolean
  /** A comma brings another table. */
  inFrom: boolean
}

/** Words that end a FROM. */
const ENDING = ['where', 'group', 'order', 'having', 'limit', 'union', 'intersect', 'except', 'minus', 'select', 'set', 'when', 'window', 'qualify', 'values', 'returning', 'on']
/** Words before a table that are no part of its name. */
const BEFORE_NAME = ['table', 'only', 'lateral', 'if', 'not', 'exists', 'into', 'outer']
/** Statements that neither read nor write rows. */
const SILENT = ['use', 'truncate', 'delete', 'analyze', 'cache', 'uncache', 'refresh', 'add', 'desc', 'describe', 'set', 'show', 'declare', 'explain', 'grant', 'revoke', 'comment']

class Statement {
  readonly sources = new Map<string, string>()
  readonly targets = new Map<string, string>()
  readonly renamed: (readonly [string, string])[] = []
  readonly dropped: string[] = []
  makes = false
  readonly #words: readonly Word[]
  readonly #ctes = new Set<string>()
  /** Aliases of FROM, for an UPDATE that names one. */
  readonly #aliases = new Map<string, string>()
  readonly #levels: Level[] = [{ isCall: false, hasSelect: false, inFrom: false }]
  #at = 0

  constructor(words: readonly Word[]) {
    this.#words = words
  }

  read(): void {
    const [first, second] = this.#words
    if (SILENT.some((one) => is(first, one))) return
    if (is(first, 'drop')) return this.#drop()
    if (is(first, 'alter', 'rename')) return this.#alter()
    if (is(first, 'create') && this.#words.slice(1, 5).some((word) => is(word, 'function', 'procedure'))) return
    if (is(first, 'copy')) return this.#copy()
    if (is(first, 'unload')) return this.#unload()
    this.#findCtes()
    if (is(first, 'create')) this.#create()
    else if (is(first, 'update')) this.#update(1)
    else if (is(first, 'merge')) this.#target(this.#nameAt(is(second, 'into') ? 2 : 1))
    else if (is(first, 'with')) this.#afterWith()
    this.#walk(is(first, 'merge'))
    for (const alias of this.targets.keys()) {
      const table = this.#aliases.get(alias)
      if (table !== undefined && table.toLowerCase() !== alias && is(first, 'update')) {
        this.targets.delete(alias)
        this.#target({ name: table, next: 0 })
        this.sources.delete(table.toLowerCase())
      }
    }
  }

  #drop(): void {
    let at = 2
    while (is(this.#words[at], 'if', 'exists')) at += 1
    if (is(this.#words[1], 'table', 'view')) this.dropped.push(this.#nameAt(at)?.name ?? '')
  }

  #alter(): void {
    const own = this.#nameAt(2)
    if (own === undefined) return
    const at = this.#words.findIndex((word) => is(word, 'rename', 'exchange', 'swap') && word !== this.#words[0])
    const verb = this.#words[at]
    if (is(verb, 'rename')) {
      const to = this.#nameAt(at + 2)
      if (to !== undefined && is(this.#words[at + 1], 'to')) this.renamed.push([own.name, to.name])
    } else if (verb !== undefined) {
      const at = this.#words.findIndex((word) => is(word, 'with'))
      const other = this.#nameAt(is(this.#words[at + 1], 'table') ? at + 2 : at + 1)
      if (other !== undefined && at > 0) {
        this.#source(other)
        this.#target(own)
      }
    }
  }

  #copy(): void {
    const own = this.#nameAt(is(this.#words[1], 'into') ? 2 : 1)
    const from = this.#words.findIndex((word) => is(word, 'from'))
    if (own === undefined || this.#words[from + 1]?.kind !== 'text' || from < 0) return
    this.#target(own)
    this.#sourcePath(this.#words[from + 1]?.text ?? '')
  }

  #unload(): void {
    const query = this.#words.find((word) => word.kind === 'text')
    const to = this.#words.findIndex((word) => is(word, 'to'))
    for (const name of tablesOfText(query?.text ?? '').sources) this.#source({ name, next: 0 })
    if (to > 0 && this.#words[to + 1]?.kind === 'text') this.targets.set(`path:${this.#words[to + 1]?.text ?? ''}`.toLowerCase(), `path:${this.#words[to + 1]?.text ?? ''}`)
  }

  #create(): void {
    const at = this.#words.findIndex((word) => is(word, 'table', 'view'))
    let from = at + 1
    while (is(this.#words[from], 'if', 'not', 'exists')) from += 1
    const own = at < 0 ? undefined : this.#nameAt(from)
    if (own === undefined) return
    this.makes = true
    this.#target(own)
    if (is(this.#words[own.next], 'like', 'clone')) this.#source(this.#nameAt(own.next + 1))
    this.#at = own.next
  }

  /** After the WITH queries an UPDATE may stand, as a SELECT does. */
  #afterWith(): void {
    let depth = 0
    for (const [i, word] of this.#words.entries()) {
      if (isSign(word, '(')) depth += 1
      if (isSign(word, ')')) depth -= 1
      if (depth === 0 && is(word, 'update')) return this.#update(i + 1, false)
    }
  }

  #update(at: number, moves = true): void {
    const own = this.#nameAt(at)
    this.#target(own)
    const alias = this.#words[own?.next ?? 0]
    if (alias?.kind === 'name' && own !== undefined && !is(alias, 'set', 'inner', 'join', 'left')) this.#aliases.set(alias.text.toLowerCase(), own.name)
    if (moves) this.#at = own?.next ?? at
  }

  #findCtes(): void {
    if (!this.#words.some((word) => is(word, 'with'))) return
    for (const [i, word] of this.#words.entries()) {
      if (word.kind === 'sign' || word.kind === 'text') continue
      const before = this.#words[i - 1]
      if (!is(before, 'with', 'recursive') && !isSign(before, ',')) continue
      let next = i + 1
      if (isSign(this.#words[next], '(') && !is(this.#words[next + 1], 'select', 'with')) next = this.#closing(next) + 1
      const isAs = is(this.#words[next], 'as') && (isSign(this.#words[next + 1], '(') || is(this.#words[next + 1], 'materialized', 'not'))
      if (isAs || (is(before, 'with') && isSign(this.#words[next], '('))) this.#ctes.add(word.text.toLowerCase())
    }
  }

  #closing(open: number): number {
    let depth = 0
    for (let at = open; at < this.#words.length; at += 1) {
      if (isSign(this.#words[at], '(')) depth += 1
      if (isSign(this.#words[at], ')')) depth -= 1
      if (depth === 0) return at
    }
    return this.#words.length
  }

  #walk(isMerge: boolean): void {
    for (; this.#at < this.#words.length; this.#at += 1) {
      const word = this.#words[this.#at] as Word
      const level = this.#levels.at(-1) as Level
      if (isSign(word, '(')) this.#levels.push({ isCall: this.#isCall(), hasSelect: false, inFrom: false })
      else if (isSign(word, ')')) {
        if (this.#levels.length > 1) this.#levels.pop()
      } else if (isSign(word, ',') && level.inFrom) this.#table(this.#at + 1)
      else if (word.kind === 'name') this.#keyword(word, level, isMerge)
    }
  }

  /** `swap_partitions_between_tables('from', …, 'to')` moves rows by a call. */
  #keyword(word: Word, level: Level, isMerge: boolean): void {
    const next = this.#at + 1
    if (is(word, 'select')) {
      level.hasSelect = true
      level.inFrom = false
    } else if (is(word, 'from') && (!level.isCall || level.hasSelect)) {
      level.inFrom = true
      this.#table(next)
    } else if (is(word, 'join') || (isMerge && is(word, 'using') && this.#levels.length === 1)) {
      level.inFrom = is(word, 'join')
      this.#table(next)
    } else if (is(word, 'into') && !/^\d/u.test(this.#words[next]?.text ?? '')) this.#insert(next)
    else if (is(word, 'insert') && !is(this.#words[next], 'into', 'values', 'row') && !isMerge && !isSign(this.#words[next], '(')) this.#insert(next)
    else if (is(word, 'view') && is(this.#words[this.#at - 1], 'lateral')) level.inFrom = false
    else if (is(word, ...ENDING)) level.inFrom = level.inFrom && is(word, 'on')
    else if (is(word, 'swap_partitions_between_tables')) {
      const texts = this.#words.slice(next, this.#closing(next)).filter(({ kind }) => kind === 'text')
      if (texts.length === 4) {
        this.#source({ name: texts[0]?.text ?? '', next: 0 })
        this.#target({ name: texts[3]?.text ?? '', next: 0 })
      }
    }
  }

  #insert(from: number): void {
    let at = from
    while (is(this.#words[at], 'into', 'overwrite', 'table', 'local')) at += 1
    if (is(this.#words[at], 'directory')) {
      const path = `path:${this.#words[at + 1]?.text ?? ''}`
      this.targets.set(path.toLowerCase(), path)
      this.#at = at + 1
      return
    }
    const own = this.#nameAt(at)
    this.#target(own)
    this.#at = (own?.next ?? at) - 1
  }

  #isCall(): boolean {
    const before = this.#words[this.#at - 1]
    return before?.kind === 'name' && !is(before, 'from', 'join', 'in', 'as', 'using', 'exists', 'select', 'union', 'all', 'on', 'and', 'or', 'not', 'where', 'values', 'except', 'intersect', 'lateral', 'any', 'some', 'then', 'when', 'else', 'by', 'over')
  }

  /** A table, a query in parentheses, tables in parentheses, or a call. */
  #table(from: number): void {
    let at = from
    while (is(this.#words[at], ...BEFORE_NAME)) at += 1
    if (isSign(this.#words[at], '(')) {
      let inside = at
      while (isSign(this.#words[inside], '(')) inside += 1
      for (let open = at; open < inside; open += 1) this.#levels.push({ isCall: false, hasSelect: false, inFrom: !is(this.#words[inside], 'select', 'with', 'values') })
      this.#at = inside - 1
      if (!is(this.#words[inside], 'select', 'with', 'values')) this.#table(inside)
      return
    }
    const own = this.#nameAt(at)
    if (own === undefined || is(this.#words[at], 'values', 'select')) return
    this.#at = own.next - 1
    const isHint = isSign(this.#words[own.next], '(') && is(this.#words[own.next + 1], 'nolock', 'holdlock', 'updlock')
    if (isSign(this.#words[own.next], '(') && !isHint) return
    this.#source(own)
    const alias = is(this.#words[own.next], 'as') ? this.#words[own.next + 1] : this.#words[own.next]
    if (alias !== undefined && (alias.kind === 'name' || alias.kind === 'quoted')) this.#aliases.set(alias.text.toLowerCase(), own.name)
  }

  #nameAt(from: number): { readonly name: string; readonly next: number } | undefined {
    const parts: string[] = []
    let at = from
    for (;;) {
      const word = this.#words[at]
      if (word === undefined || word.kind === 'sign' || word.kind === 'text') return undefined
      parts.push(word.text)
      // Names may have a hyphen in them without quotes.
      if (!isSign(this.#words[at + 1], '.')) break
      at += 2
    }
    return { name: parts.join('.'), next: at + 1 }
  }

  #source(own: { readonly name: string; readonly next: number } | undefined): void {
    if (own === undefined) return
    const file = /^(?:parquet|json|csv|orc|avro|delta|text)\.(?<path>.*[/\\].*)$/iu.exec(own.name)?.groups?.['path']
    if (file !== undefined) this.#sourcePath(file)
    else if (!this.#ctes.has(own.name.toLowerCase()) && !this.#isTargetAgain(own.name)) this.sources.set(own.name.toLowerCase(), own.name)
  }

  /** A MERGE or an UPDATE names its target again. */
  #isTargetAgain(name: string): boolean {
    return is(this.#words[0], 'merge', 'update') && this.targets.has(name.toLowerCase())
  }

  #sourcePath(path: string): void {
    this.sources.set(`path:${path}`.toLowerCase(), `path:${path}`)
  }

  #target(own: { readonly name: string; readonly next: number } | undefined): void {
    if (own !== undefined) this.targets.set(own.name.toLowerCase(), own.name)
  }
}
