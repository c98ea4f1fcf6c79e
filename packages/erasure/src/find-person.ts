// All keys of one person, from one of them: rows that have a known key tell of others, and so on, until no table tells more.

import type { Kysely } from 'kysely'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Folded, RowsOfSubject, RowWork } from '@tulle/tables'
import { foreseeErasure, valuesOfSubject } from '@tulle/tables'
import type { Database } from '@tulle/store'
import { lakeWith, RAW } from './archived-tables.ts'
import type { FoundTable, Person, PersonTable, Subject } from './types.ts'
import { messages } from './messages.ts'

/** From email to passenger_id to loyalty number and back: no chain of keys is longer that is one person. */
const ROUNDS = 6
/** Of one key. */
const MOST = 1_000

/** Also with what finds tables that no catalogue finds. */
export interface PersonWork extends RowWork { readonly db: Kysely<Database> }

/** The same work, where a table is. */
export const workAt = ({ db, ...work }: PersonWork, table: PersonTable): RowWork => ({ ...work, lake: table.cold ?? lakeWith(work.lake, db, table) })

/** Which rows of a table are the person's. */
export function rowsOf({ keys, folded }: PersonTable, person: Person): ReadonlyMap<number, readonly string[] | Folded> {
  return new Map([...keys].flatMap(([id, key]) => {
    const values = person.get(key)
    return values === undefined || values.size === 0 ? [] : [[id, folded.has(key) ? { folded: [...values] } : [...values]] as const]
  }))
}

const countOf = (values: readonly string[] | Folded): number => ('folded' in values ? values.folded : values).length

/** These, and those that only speak of the person: they go as well, and nothing else is concluded from them. */
export function rowsSpeakingOf(table: PersonTable, person: Person): RowsOfSubject {
  const within = [...person.values()].flatMap((values) => [...values])
  return new Map<number, RowsOfSubject extends ReadonlyMap<number, infer V> ? V : never>([...rowsOf(table, person), ...(table.text === undefined || within.length === 0 ? [] : [[table.text, { within }] as const])])
}

export async function findPerson(work: PersonWork, tables: readonly PersonTable[], { key, value }: Subject): Promise<Result<Person>> {
  const person = new Map<string, Set<string>>([[key, new Set([value])]])
  /** By table: for which values it was asked last. */
  const asked = new Map<PersonTable, number>()
  for (let round = 0, grew = true; grew && round < ROUNDS; round += 1) {
    grew = false
    for (const table of tables) {
      const rows = rowsOf(table, person)
      const size = [...rows.values()].reduce((sum, values) => sum + countOf(values), 0)
      const others = [...table.keys].filter(([, other]) => table.folded.has(other) || [...rows.keys()].every((id) => table.keys.get(id) !== other || table.keys.size > rows.size))
      if (rows.size === 0 || others.length === 0 || asked.get(table) === size) continue
      asked.set(table, size)
      const found = await valuesOfSubject(workAt(work, table), table.name, rows, { columns: ({ id }) => table.keys.has(id), most: MOST + 1 })
      if (!found.ok) return found
      for (const [id, values] of found.value) {
        const name = table.keys.get(id) ?? ''
        const known = person.get(name) ?? new Set()
        const before = known.size
        for (const one of values) known.add(one)
        if (known.size > MOST) return fail(messages['erasure-too-wide']({ key: name, most: MOST }))
        person.set(name, known)
        grew ||= known.size > before
      }
    }
  }
  return ok(person)
}

/** What each table has of the person. */
export async function findRows(work: PersonWork, tables: readonly PersonTable[], person: Person): Promise<Result<readonly (FoundTable & { readonly of: PersonTable })[]>> {
  const found: (FoundTable & { readonly of: PersonTable })[] = []
  for (const table of tables) {
    const rows = rowsSpeakingOf(table, person)
    if (rows.size === 0) continue
    const foreseen = await foreseeErasure(workAt(work, table), table.name, rows)
    if (!foreseen.ok) return foreseen
    const { product, dataSet, isAside } = table
    if (foreseen.value.files > 0) found.push({ product, dataSet, isAside, isArchived: table.archived !== undefined || table.cold !== undefined, ...foreseen.value, ...(isAside && { sealedFiles: 0 }), of: table })
  }
  return ok(found)
}

/** Texts by which the person would be known wherever they stand: long enough, and in no row of anybody else. */
export async function tellingTexts(work: PersonWork, tables: readonly PersonTable[], person: Person): Promise<Result<ReadonlySet<string>>> {
  const texts = new Set([...person.values()].flatMap((values) => [...values]).filter(isTelling))
  for (const table of tables) {
    const found = await valuesOfSubject(workAt(work, table), table.name, rowsOf(table, person), { columns: ({ name, type }) => (type === 'string' || type === 'uuid') && !(table.isAside && isOfPlatform(name)), most: 200, alone: true })
    if (!found.ok) return found
    for (const values of found.value.values()) for (const one of values) if (isTelling(one)) texts.add(one)
  }
  return ok(texts)
}

/** Which run set a row aside, and why, says nothing of whose it is: the one of a run may be the person's, and the run stays. */
const isOfPlatform = (name: string): boolean => name.startsWith('_tulle_') && name !== RAW

/** Six characters, and not digits alone: a number stands anywhere. */
const isTelling = (text: string): boolean => text.length >= 6 && text.length <= 4_000 && !/^\d{1,9}$/u.test(text)
