// What the parts of a contract say of each other, and where they lead out of it.

import type { Diagnostic, Json } from '@tulle/kernel'
import type { YamlDocument } from '@tulle/model'
import { isObj } from '../document.ts'
import type { Obj } from '../document.ts'
import { messages } from './messages.ts'
import { itemsOf, partsOf } from './walk.ts'
import type { Part, Path } from './walk.ts'

const LONGEST_PATTERN = 1_000

/** Everything that is wrong in a document that fits the standard. */
export function findFaults(document: YamlDocument, mostColumns: number): readonly Diagnostic[] {
  const found: Diagnostic[] = []
  findOutsideReferences(document, document.value, [], found)
  const { tables, columns } = partsOf(document.value, mostColumns)
  const first = columns[mostColumns]
  if (first !== undefined) return [...found, messages['contract-too-large']({ what: 'columns, nested ones counted', most: mostColumns }, { place: document.place(first.at) })]
  judgeNames(document, tables, 'contract-duplicate-table', found)
  // Columns of a data set are judged with the standard, where they become columns of a table.
  for (const column of columns) judgeNames(document, column.members, 'contract-duplicate-member', found)
  for (const column of columns) judgeLimits(document, column, found)
  judgeRelationships(document, tables, columns, found)
  return found
}

/** What other tools would follow, into a file or a network that the author of the contract should not see. */
function findOutsideReferences(document: YamlDocument, node: Json, path: Path, found: Diagnostic[]): void {
  if (node === null || typeof node !== 'object') return
  for (const [key, child] of Object.entries(node) as [string, Json][]) {
    const at = [...path, Array.isArray(node) ? Number(key) : key]
    if (key === '$ref' && typeof child === 'string' && !child.startsWith('#')) found.push(messages['contract-outside-reference']({ target: child.slice(0, 100) }, { place: document.place(at) }))
    else findOutsideReferences(document, child, at, found)
  }
}

function judgeNames(document: YamlDocument, parts: readonly Part[], code: 'contract-duplicate-table' | 'contract-duplicate-member', found: Diagnostic[]): void {
  const seen = new Map<string, Part>()
  for (const part of parts) {
    const name = part.column ?? part.table
    const first = seen.get(name.toLowerCase())
    if (first === undefined) seen.set(name.toLowerCase(), part)
    else found.push(messages[code]({ name: name.slice(0, 100) }, { place: document.place([...part.at, 'name']), related: [{ place: document.place([...first.at, 'name']), message: 'It is here already.' }] }))
  }
}

const RANGES = [['minimum', 'maximum'], ['minLength', 'maxLength'], ['minItems', 'maxItems'], ['minProperties', 'maxProperties']] as const

function judgeLimits(document: YamlDocument, { node, at }: Part, found: Diagnostic[]): void {
  const options = node['logicalTypeOptions']
  if (!isObj(options)) return
  for (const [low, high] of RANGES) {
    const [least, most] = [options[low], options[high]]
    // Days and times are texts in the order of time.
    if ((typeof least === 'number' && typeof most === 'number' && least > most) || (typeof least === 'string' && typeof most === 'string' && least > most)) {
      found.push(messages['contract-empty-range']({ low: `${low} ${String(least).slice(0, 40)}`, high: `${high} ${String(most).slice(0, 40)}` }, { place: document.place([...at, 'logicalTypeOptions', low]) }))
    }
  }
  const { pattern } = options
  if (typeof pattern === 'string' && pattern.length > LONGEST_PATTERN) found.push(messages['contract-long-pattern']({ most: LONGEST_PATTERN }, { place: document.place([...at, 'logicalTypeOptions', 'pattern'], 'key') }))
}

const SHORT = /^[A-Za-z_]\w*\.[A-Za-z_]\w*$/u

function judgeRelationships(document: YamlDocument, tables: readonly Part[], columns: readonly Part[], found: Diagnostic[]): void {
  const known = new Set(columns.map(({ ref }) => ref))
  const names = new Set(tables.map(({ table }) => table))
  const judge = (target: Json | undefined, at: Path): void => {
    if (Array.isArray(target)) return (target as readonly Json[]).forEach((one, i) => judge(one, [...at, i]))
    // Longer spellings go by the ids of a contract; a data set that is not described here is of another one.
    if (typeof target !== 'string' || !SHORT.test(target) || known.has(target) || !names.has(target.slice(0, target.indexOf('.')))) return
    found.push(messages['contract-unknown-target']({ name: target, known }, { place: document.place(at) }))
  }
  for (const { node, at } of [...tables, ...columns]) {
    for (const [relationship, i] of itemsOf(node['relationships'])) for (const end of ['from', 'to'] as const) judge(ownMember(relationship, end), [...at, 'relationships', i, end])
  }
}

const ownMember = (node: Obj, key: string): Json | undefined => (Object.hasOwn(node, key) ? node[key] : undefined)
