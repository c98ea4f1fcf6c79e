// Which columns lie enciphered under a key of each person, to be destroyed instead of the rows: the custom property `shredding` of the
// schema object, `{key: passenger_id, classified: [personal], columns: [notes], word: forgotten}`. `key` is a column with a business key.

import type { Diagnostic, Json } from '@tulle/kernel'
import { messages } from '../messages.ts'
import type { ContractColumn, DataLayout, DataShredding } from '../types.ts'
import type { Path } from '../yaml/locate.ts'
import type { YamlDocument } from '../yaml/parse-yaml.ts'
import { customOf } from './layout.ts'

/** Types whose values are the same again after they were a text. */
const SEALABLE = /^(?:string|boolean|int|long|float|double|decimal\(\d+, ?\d+\)|date|time|timestamp|timestamptz|uuid)$/u
const WORD = /^[^\p{Cc}\p{Cf}\p{Cs}]{1,60}$/u

type Column = Pick<ContractColumn, 'name' | 'type' | 'required' | 'primaryKey' | 'businessKey' | 'classification'>

/** Undefined where nothing is said, or what is said is refused with its place: no column is left in plain by a slip. */
export function shreddingOf(document: YamlDocument, at: Path, { columns, layout }: { readonly columns: readonly Column[]; readonly layout: DataLayout }, diagnostics: Diagnostic[]): DataShredding | undefined {
  const here = at.reduce<Json | undefined>((value, step) => (value as Readonly<Record<string | number, Json>> | undefined)?.[step], document.value)
  const custom = customOf((here ?? {}) as Readonly<Record<string, Json>>, 'shredding')
  if (custom === undefined) return undefined
  const place = document.place([...at, 'customProperties', custom.index, 'value'])
  const refuse = (problem: string): undefined => {
    diagnostics.push(messages['bad-shredding']({ problem, keys: columns.filter(({ businessKey }) => businessKey !== undefined).map(({ name }) => name) }, { place }))
  }
  const { key, columns: named = [], classified = [], word, ...unknown } = members(custom.value)
  const [stranger] = Object.keys(unknown)
  if (stranger !== undefined) return refuse(`it has no "${stranger.slice(0, 100)}"`)
  if (columns.find(({ name }) => name === key)?.businessKey === undefined) return refuse('its "key" is no column with a business key')
  if (!areTexts(named) || !areTexts(classified)) return refuse('"columns" and "classified" are lists of words')
  if (word !== undefined && (typeof word !== 'string' || !WORD.test(word))) return refuse('its "word" is no short text')
  const missing = named.find((name) => !columns.some((column) => column.name === name))
  if (missing !== undefined) return refuse(`there is no column "${missing.slice(0, 100)}"`)
  const unused = classified.find((word_) => !columns.some(({ classification }) => classification === word_))
  if (unused !== undefined) return refuse(`no column is classified "${unused.slice(0, 100)}"`)
  const meant = columns.filter(({ name, classification }) => name === key || named.includes(name) || (classification !== undefined && classified.includes(classification)))
  for (const { name, type, required, primaryKey } of meant) {
    if (!SEALABLE.test(type)) return refuse(`column "${name}" is ${type}, which cannot be enciphered`)
    if ((required || primaryKey !== undefined) && type !== 'string') return refuse(`column "${name}" must have a value and is no text, so nothing could stand in its place`)
    if (layout.partitioning?.some(({ column }) => column === name) === true) return refuse(`the table is partitioned by column "${name}", whose values then stand beside its files`)
    if (layout.sortOrder?.some(({ column }) => column === name) === true) return refuse(`the table is sorted by column "${name}", which would tell of its values`)
  }
  return { key: String(key), columns: meant.map(({ name }) => name), ...(word !== undefined && { word: String(word) }) }
}

const members = (value: Json | undefined): Readonly<Record<string, Json>> => (typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}) as Readonly<Record<string, Json>>
const areTexts = (value: Json): value is readonly string[] => Array.isArray(value) && value.every((one) => typeof one === 'string')
