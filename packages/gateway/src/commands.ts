// Recognises what is no query: tokens → command. A text that is none of these is a query and goes to the gate.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Command } from './command.ts'
import type { ReadCommand, Words } from './command-words.ts'
import type { StatementText } from './types.ts'
import { readCopy } from './copy-command.ts'
import { messages } from './messages.ts'
import { readExecute, readExplain, readPrepare } from './prepared-commands.ts'
import { wordsOf } from './command-words.ts'

/** The command that a statement is; undefined where it is a query. */
export function parseCommand(statement: StatementText): Result<Command | undefined> {
  const words = wordsOf(statement.tokens)
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
  'listen', 'notify', 'do', 'call', 'load', 'install', 'attach', 'detach', 'pragma', 'export', 'import', 'checkpoint', 'use', 'security',
])

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
  copy: readCopy,
  prepare: readPrepare,
  execute: readExecute,
  explain: readExplain,
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
  return start === undefined ? words.error() : ok({ kind: 'declare', name, hold, binary, query: { text: statement.text.slice(start), start } })
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
