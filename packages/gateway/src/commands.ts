// Recognises what is no query: tokens → command. A text that is none of these is a query and goes to the gate.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { StatementText, Token } from './types.ts'
import { messages } from './messages.ts'

export type Command =
  | { readonly kind: 'begin'; readonly tag: 'BEGIN' | 'START TRANSACTION' }
  | { readonly kind: 'commit' }
  | { readonly kind: 'rollback' }
  | { readonly kind: 'savepoint'; readonly name: string }
  | { readonly kind: 'release'; readonly name: string }
  | { readonly kind: 'rollback-to'; readonly name: string }
  /** `value` undefined is the default again. */
  | { readonly kind: 'set'; readonly name: string; readonly value: string | undefined; readonly local: boolean }
  /** A SET of what has no effect here, such as the isolation of transactions that only read. */
  | { readonly kind: 'accepted'; readonly tag: string }
  | { readonly kind: 'show'; readonly name: string }
  | { readonly kind: 'show-all' }
  | { readonly kind: 'reset'; readonly name: string }
  | { readonly kind: 'reset-all' }
  | { readonly kind: 'discard'; readonly what: string }
  | { readonly kind: 'deallocate'; readonly name: string | undefined }
  | { readonly kind: 'declare'; readonly name: string; readonly hold: boolean; readonly binary: boolean; readonly query: string }
  | { readonly kind: 'fetch'; readonly name: string; readonly count: number; readonly move: boolean }
  | { readonly kind: 'close-cursor'; readonly name: string | undefined }

/** The command that a statement is; undefined where it is a query. */
export function parseCommand(statement: StatementText): Result<Command | undefined> {
  const words = cursor(statement.tokens)
  const verb = words.word()
  const read = verb === undefined ? undefined : COMMANDS[verb]
  if (read !== undefined) return read(words, statement)
  if (verb !== undefined && WRITES.has(verb)) return fail(messages['read-only']({ verb: verb.toUpperCase() }))
  if (verb !== undefined && REFUSED.has(verb)) return fail(messages['unsupported-statement']({ verb: verb.toUpperCase() }))
  return ok(undefined)
}

const WRITES: ReadonlySet<string> = new Set([
  'insert', 'update', 'delete', 'merge', 'truncate', 'create', 'alter', 'drop', 'grant', 'revoke', 'comment', 'refresh', 'reindex', 'vacuum', 'analyze', 'cluster', 'reassign', 'lock', 'nextval',
])
const REFUSED: ReadonlySet<string> = new Set([
  'prepare', 'execute', 'explain', 'listen', 'notify', 'do', 'call', 'load', 'install', 'attach', 'detach', 'pragma', 'export', 'import', 'checkpoint', 'use', 'security',
])

type Words = ReturnType<typeof cursor>
type ReadCommand = (words: Words, statement: StatementText) => Result<Command | undefined>

const COMMANDS: Readonly<Record<string, ReadCommand>> = {
  begin: () => ok({ kind: 'begin', tag: 'BEGIN' }),
  start: (words) => (words.skip('transaction') ? ok({ kind: 'begin', tag: 'START TRANSACTION' }) : words.error()),
  commit: (words) => (words.skip('prepared') ? fail(messages['unsupported-statement']({ verb: 'COMMIT PREPARED' })) : ok({ kind: 'commit' })),
  end: () => ok({ kind: 'commit' }),
  abort: () => ok({ kind: 'rollback' }),
  rollback: (words) => {
    if (words.skip('prepared')) return fail(messages['unsupported-statement']({ verb: 'ROLLBACK PREPARED' }))
    void (words.skip('work') || words.skip('transaction'))
    if (!words.skip('to')) return ok({ kind: 'rollback' })
    words.skip('savepoint')
    return words.named((name) => ({ kind: 'rollback-to', name }))
  },
  savepoint: (words) => words.named((name) => ({ kind: 'savepoint', name })),
  release: (words) => {
    words.skip('savepoint')
    return words.named((name) => ({ kind: 'release', name }))
  },
  set: readSet,
  show: (words) => {
    if (words.skip('all')) return ok({ kind: 'show-all' })
    if (words.skip('time') && words.skip('zone')) return ok({ kind: 'show', name: 'TimeZone' })
    if (words.skip('transaction') && words.skip('isolation') && words.skip('level')) return ok({ kind: 'show', name: 'transaction_isolation' })
    if (words.skip('session') && words.skip('authorization')) return ok({ kind: 'show', name: 'session_authorization' })
    return words.named((name) => ({ kind: 'show', name }), true)
  },
  reset: (words) => {
    if (words.skip('all')) return ok({ kind: 'reset-all' })
    if (words.skip('session') && words.skip('authorization')) return ok({ kind: 'accepted', tag: 'RESET' })
    if (words.skip('role')) return ok({ kind: 'accepted', tag: 'RESET' })
    if (words.skip('time') && words.skip('zone')) return ok({ kind: 'reset', name: 'TimeZone' })
    return words.named((name) => ({ kind: 'reset', name }), true)
  },
  discard: (words) => {
    const what = words.word()
    return what !== undefined && ['all', 'plans', 'sequences', 'temp', 'temporary'].includes(what) ? ok({ kind: 'discard', what: what.toUpperCase() }) : words.error()
  },
  deallocate: (words) => {
    words.skip('prepare')
    return words.skip('all') ? ok({ kind: 'deallocate', name: undefined }) : words.named((name) => ({ kind: 'deallocate', name }))
  },
  declare: readDeclare,
  fetch: (words) => readFetch(words, false),
  move: (words) => readFetch(words, true),
  close: (words) => (words.skip('all') ? ok({ kind: 'close-cursor', name: undefined }) : words.named((name) => ({ kind: 'close-cursor', name }))),
  copy: () => fail(messages['copy-refused']({})),
  unlisten: () => ok({ kind: 'accepted', tag: 'UNLISTEN' }),
}

function readSet(words: Words): Result<Command | undefined> {
  const local = words.skip('local')
  const session = !local && words.skip('session')
  if (words.skip('transaction') || (session && words.skip('characteristics')) || words.skip('constraints')) return ok({ kind: 'accepted', tag: 'SET' })
  if (words.skip('role') || words.skip('authorization')) return words.skip('none') || words.skip('default') ? ok({ kind: 'accepted', tag: 'SET' }) : fail(messages['unsupported-statement']({ verb: 'SET ROLE' }))
  if (words.skip('names')) return ok({ kind: 'set', name: 'client_encoding', value: words.values(), local })
  if (words.skip('time')) return words.skip('zone') ? ok({ kind: 'set', name: 'TimeZone', value: words.values(), local }) : words.error()
  const name = words.name(true)
  if (name === undefined || !(words.skip('to') || words.symbol('='))) return words.error()
  if (words.left() === 0) return words.error()
  return ok({ kind: 'set', name, value: words.values(), local })
}

function readDeclare(words: Words, statement: StatementText): Result<Command | undefined> {
  const name = words.name()
  if (name === undefined) return words.error()
  let binary = false
  let hold = false
  for (;;) {
    if (words.skip('binary')) binary = true
    else if (words.skip('no')) {
      if (!words.skip('scroll')) return words.error()
    } else if (words.skip('scroll')) return fail(messages['cursor-backward']({}))
    else if (!words.skip('insensitive') && !words.skip('asensitive')) break
  }
  if (!words.skip('cursor')) return words.error()
  if (words.skip('with')) {
    if (!words.skip('hold')) return words.error()
    hold = true
  } else if (words.skip('without') && !words.skip('hold')) return words.error()
  if (!words.skip('for')) return words.error()
  const start = words.position()
  return start === undefined ? words.error() : ok({ kind: 'declare', name, hold, binary, query: statement.text.slice(start) })
}

function readFetch(words: Words, move: boolean): Result<Command | undefined> {
  let count = 1
  if (words.skip('next')) count = 1
  else {
    if (['prior', 'first', 'last', 'absolute', 'relative', 'backward'].some((word) => words.skip(word))) return fail(messages['cursor-backward']({}))
    const forward = words.skip('forward')
    if (words.skip('all')) count = Infinity
    else {
      const number = words.number()
      if (number !== undefined) count = number
      else if (forward && words.symbol('-')) return fail(messages['cursor-backward']({}))
      else if (words.symbol('-')) return fail(messages['cursor-backward']({}))
    }
  }
  void (words.skip('from') || words.skip('in'))
  return words.named((name) => ({ kind: 'fetch', name, count, move }))
}

function cursor(tokens: readonly Token[]) {
  let at = 0
  const peek = (): Token | undefined => tokens[at]
  const words = {
    left: () => tokens.length - at,
    position: () => peek()?.start,
    word: (): string | undefined => {
      const token = peek()
      if (token?.kind !== 'word') return undefined
      at += 1
      return token.value
    },
    skip: (word: string): boolean => {
      const token = peek()
      if (token?.kind !== 'word' || token.value !== word) return false
      at += 1
      return true
    },
    symbol: (symbol: string): boolean => {
      const token = peek()
      if (token?.kind !== 'symbol' || token.value !== symbol) return false
      at += 1
      return true
    },
    number: (): number | undefined => {
      const token = peek()
      if (token?.kind !== 'number' || !/^\d{1,9}$/.test(token.value)) return undefined
      at += 1
      return Number(token.value)
    },
    name: (dotted = false): string | undefined => {
      const token = peek()
      if (token?.kind !== 'word' && token?.kind !== 'identifier') return undefined
      at += 1
      if (!dotted || !words.symbol('.')) return token.value
      const rest = words.name(true)
      return rest === undefined ? undefined : `${token.value}.${rest}`
    },
    // The rest of a SET: one value, or several between commas as SHOW prints them.
    values: (): string | undefined => {
      const rest = tokens.slice(at)
      at = tokens.length
      if (rest.length === 1 && rest[0]?.kind === 'word' && rest[0].value === 'default') return undefined
      return rest.map((token) => (token.kind === 'symbol' && token.value === ',' ? ', ' : token.value)).join('')
    },
    named: (make: (name: string) => Command, dotted = false): Result<Command | undefined> => {
      const name = words.name(dotted)
      return name === undefined ? words.error() : ok(make(name))
    },
    error: (): Result<never> => {
      const token = peek()
      return fail(messages['statement-syntax']({ what: token === undefined ? 'at end of input' : `at or near "${token.value.slice(0, 60)}"` }))
    },
  }
  return words
}
