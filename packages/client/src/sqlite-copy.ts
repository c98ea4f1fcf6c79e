// A copy in SQLite, by the module that Node itself has: a table of rows as JSON, and the position beside it in the same file.

import type { DatabaseSync } from 'node:sqlite'
import { printJson } from './exact-json.ts'
import type { Change, CopyState, CopyStore } from './types.ts'

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/u

/**
 * Rows lie in `<table>` as `row` (JSON; whole numbers beyond 2^53 as they are), with their `key` (JSON, null where the reader sees
 * none); `tulle_copies` says where each copy stands.
 */
export function sqliteCopy(db: DatabaseSync, table: string): CopyStore {
  if (!NAME.test(table)) throw new TypeError(`${table} is no name of a table.`)
  db.exec(`create table if not exists tulle_copies (name text primary key, position text not null, rights text not null);
    create table if not exists "${table}" (key text, row text not null);
    create index if not exists "${table}_by_key" on "${table}" (key);
    create index if not exists "${table}_by_row" on "${table}" (row)`)
  const insert = db.prepare(`insert into "${table}" (key, row) values (?, ?)`)
  // Equal rows are as many as they are: one of them goes.
  const remove = db.prepare(`delete from "${table}" where rowid = (select rowid from "${table}" where row = ? limit 1)`)
  const removeKey = db.prepare(`delete from "${table}" where rowid = (select rowid from "${table}" where key = ? and row = ? limit 1)`)
  const applyOne = ({ op, key, before, after }: Change): void => {
    if (op !== 'insert') {
      const { changes } = key === undefined ? remove.run(printJson(before)) : removeKey.run(printJson(key), printJson(before))
      if (Number(changes) !== 1) throw new Error(`The copy has no row that ${op === 'update' ? 'is to change' : 'is to go'}: begin it anew.`)
    }
    if (op !== 'delete') insert.run(key === undefined ? null : printJson(key), printJson(after))
  }
  return {
    state: () => db.prepare('select position, rights from tulle_copies where name = ?').get(table) as CopyState | undefined,
    apply({ changes, state, anew }) {
      db.exec('begin immediate')
      try {
        if (anew) db.exec(`delete from "${table}"`)
        for (const change of changes) applyOne(change)
        db.prepare('insert into tulle_copies (name, position, rights) values (?, ?, ?) on conflict (name) do update set position = excluded.position, rights = excluded.rights').run(table, state.position, state.rights)
        db.exec('commit')
      } catch (error) {
        db.exec('rollback')
        throw error
      }
    },
  }
}
