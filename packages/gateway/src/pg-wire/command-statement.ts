// Turns a command into a statement that changes nothing but its own session.

import type { Result } from '@tulle/kernel'
import { fail, ok, unreachable } from '@tulle/kernel'
import type { Command } from '../command.ts'
import type { Reported } from '../types.ts'
import type { Session } from './session.ts'
import type { Answer, Binding, Format, Portal, Rows, Statement, WireField } from './types.ts'
import { foreignDiagnostic } from '../sqlstate.ts'
import { messages } from '../messages.ts'
import { heldTable } from './held-table.ts'
import { saidOfWhole } from './inner-query.ts'
import type { CommandOptions } from './query-command.ts'
import { queryCommand } from './query-command.ts'

const textFields = (...names: readonly string[]): readonly WireField[] => names.map((name) => ({ name, type: { oid: 25, size: -1, modifier: -1 } }))

export async function commandStatement(text: string, command: Command, options: CommandOptions): Promise<Result<Statement>> {
  const plain = (run: () => Result<Answer> | Promise<Result<Answer>>, endsTransaction = false): Result<Statement> =>
    ok({ text, parameterTypes: [], endsTransaction, run: async () => run() })
  const { session, understand } = options
  const { transaction, settings } = session

  switch (command.kind) {
    case 'begin':
      return plain(() => {
        transaction.begin()
        return done(command.tag)
      })
    case 'commit':
    case 'rollback':
      return plain(async () => {
        const ended = transaction.end(command.kind === 'commit')
        await session.closePortals(command.kind === 'rollback')
        return done(command.kind === 'commit' && !ended.failed ? 'COMMIT' : 'ROLLBACK', ended.reported)
      }, true)
    case 'savepoint':
      return plain(() => {
        if (transaction.status === 'I') return fail(foreignDiagnostic('25P01', 'SAVEPOINT can only be used in transaction blocks'))
        transaction.savepoint(command.name)
        return done('SAVEPOINT')
      })
    case 'release':
      return plain(() => (transaction.release(command.name) ? done('RELEASE') : noSavepoint(command.name)))
    case 'rollback-to':
      return plain(() => (transaction.rollbackTo(command.name) ? done('ROLLBACK') : noSavepoint(command.name)), true)
    case 'set':
      return plain(() => {
        const before = settings.show(command.name)
        const set = settings.set(command.name, command.value)
        if (set.ok && before.ok && command.local) transaction.hides(command.name, before.value)
        return set.ok ? done('SET', set.value) : set
      })
    case 'accepted':
      return plain(() => done(command.tag))
    case 'show': {
      const shown = settings.show(command.name)
      if (!shown.ok) return shown
      const name = settings.all().find((setting) => setting.name.toLowerCase() === command.name.toLowerCase())?.name ?? command.name
      return ok(heldTable(text, 'SHOW', textFields(name), () => {
        const now = settings.show(command.name)
        return ok([[now.ok ? now.value : '']])
      }))
    }
    case 'show-all':
      return ok(heldTable(text, 'SHOW', textFields('name', 'setting', 'description'), () => ok(settings.all().map((s) => [s.name, s.value, s.description]))))
    case 'reset':
      return plain(() => {
        const set = settings.set(command.name, undefined)
        return set.ok ? done('RESET', set.value) : set
      })
    case 'reset-all':
      return plain(() => done('RESET', settings.resetAll()))
    case 'discard':
      return plain(async () => {
        if (command.what !== 'ALL') return done(`DISCARD ${command.what}`)
        if (transaction.status !== 'I') return fail(foreignDiagnostic('25001', 'DISCARD ALL cannot run inside a transaction block'))
        await session.closePortals(true)
        session.statements.clear()
        return done('DISCARD ALL', settings.resetAll())
      })
    case 'deallocate':
      return plain(() => {
        const { name } = command
        if (name === undefined) {
          session.statements.clear()
          return done('DEALLOCATE ALL')
        }
        return session.statements.delete(name) ? done('DEALLOCATE') : fail(messages['unknown-prepared-statement']({ name }))
      })
    case 'declare': {
      const understood = saidOfWhole(await understand(command.query.text), command.query, text)
      if (!understood.ok) return understood
      return ok({ text, parameterTypes: understood.value.parameterTypes, endsTransaction: false, run: async (binding) => declare(session, command, understood.value, binding) })
    }
    case 'fetch': {
      const portal = session.portals.get(command.name)
      if (portal === undefined) return fail(messages['unknown-cursor']({ name: command.name }))
      return ok(fetchStatement(text, command, portal))
    }
    case 'close-cursor':
      return plain(async () => {
        if (command.name === undefined) {
          await session.closePortals(true)
          return done('CLOSE CURSOR ALL')
        }
        if (!session.portals.has(command.name)) return fail(messages['unknown-cursor']({ name: command.name }))
        await session.closePortal(command.name)
        return done('CLOSE CURSOR')
      })
    case 'copy': case 'prepare': case 'execute': case 'explain':
      return queryCommand(text, command, options)
    default:
      return unreachable(command)
  }
}

const done = (tag: string, reported: readonly Reported[] = []): Result<Answer> => ok({ kind: 'done', tag, reported })
const noSavepoint = (name: string): Result<never> => fail(foreignDiagnostic('3B001', `savepoint "${name}" does not exist`))

// The parameters of a DECLARE are those of its query, bound once for all that is fetched.
function declare(session: Session, command: Command & { kind: 'declare' }, statement: Statement, { values, formats }: Binding): Result<Answer> {
  if (session.transaction.status === 'I' && !command.hold) return fail(messages['cursor-outside-transaction']({}))
  if (session.portals.has(command.name)) return fail(messages['duplicate-cursor']({ name: command.name }))
  if (statement.fields === undefined) return fail(messages['unsupported-statement']({ verb: 'A cursor for this statement' }))
  const room = session.room()
  if (!room.ok) return room
  const resultFormats: readonly Format[] = [command.binary ? 1 : 0]
  session.portals.set(command.name, { statement, binding: { values, formats, resultFormats }, done: false, hold: command.hold })
  return done('DECLARE CURSOR')
}

// What is wrong with a cursor's query is at no place of the FETCH that finds it.
const NOWHERE = { text: '' }

// A cursor's rows are encoded where it is opened, so the formats of the FETCH that asks first are the ones that hold.
function fetchStatement(text: string, command: Command & { kind: 'fetch' }, portal: Portal): Statement {
  const fields = portal.statement.fields ?? []
  return {
    text,
    parameterTypes: [],
    endsTransaction: false,
    ...(!command.move && { fields }),
    ...(portal.binding.resultFormats[0] === 1 && { fixedFormats: portal.binding.resultFormats }),
    async run(binding, signal) {
      if (portal.answer === undefined) {
        const declared: Binding = portal.binding.resultFormats[0] === 1 ? portal.binding : { ...portal.binding, resultFormats: binding.resultFormats }
        const opened = saidOfWhole(await portal.statement.run(declared, signal), NOWHERE, '')
        if (!opened.ok) return opened
        portal.answer = opened.value
      }
      const { answer } = portal
      if (answer.kind !== 'rows') return ok(answer)
      if (command.move) return move(portal, answer.rows, command.count, signal)
      let left = command.count
      const rows: Rows = {
        async fetch(maxRows, fetchSignal, memory) {
          if (portal.done || left === 0) return ok({ bytes: new Uint8Array(), rows: 0, done: true })
          const batch = await answer.rows.fetch(Math.min(left, maxRows), fetchSignal, memory)
          if (!batch.ok) return batch
          portal.done = batch.value.done
          left -= batch.value.rows
          return ok({ ...batch.value, done: batch.value.done || left === 0 })
        },
        close: async () => {},
      }
      return ok({ kind: 'rows', verb: 'FETCH', rows })
    },
  }
}

async function move(portal: Portal, rows: Rows, count: number, signal: AbortSignal): Promise<Result<Answer>> {
  let moved = 0
  while (!portal.done && moved < count) {
    const batch = await rows.fetch(Math.min(count - moved, 10_000), signal)
    if (!batch.ok) return batch
    portal.done = batch.value.done
    moved += batch.value.rows
  }
  return done(`MOVE ${moved}`)
}
