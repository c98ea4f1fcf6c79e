// Adds a quality rule to the text of a contract, and changes nothing else in it: comments, order and spelling stay. What was
// written is read again, and must say exactly what the text said before and the rule.

import { isDeepStrictEqual } from 'node:util'
import { isCollection, isMap, isScalar, isSeq, parseDocument } from 'yaml'
import type { Node, Pair, YAMLMap, YAMLSeq } from 'yaml'
import type { Json } from '@tulle/kernel'

export interface NewRule {
  /** Absent: of the whole data set. */
  readonly column?: string
  readonly rule: Json
}

type Members = { readonly [member: string]: unknown }

/** Undefined where the text is written in a way that cannot be added to so. */
export function addRule(text: string, { column, rule }: NewRule): string | undefined {
  const document = parseDocument(text, { version: '1.2' })
  if (document.errors.length > 0 || !isMap(document.contents)) return undefined
  const schema = document.contents.get('schema', true)
  const object = isSeq(schema) ? schema.items[0] : undefined
  if (!isMap(object)) return undefined
  const owner = column === undefined ? object : columnOf(object, column)
  const edited = owner === undefined ? undefined : insertInto(text, owner, rule)
  if (edited === undefined) return undefined
  const [before, after] = [text, edited].map((one) => parseDocument(one, { version: '1.2' }))
  if (before === undefined || after === undefined || after.errors.length > 0) return undefined
  return isDeepStrictEqual(after.toJS(), withRule(before.toJS() as Members, column, rule)) ? edited : undefined
}

const columnOf = (object: YAMLMap, column: string): YAMLMap | undefined => {
  const properties = object.get('properties', true)
  const found = isSeq(properties) ? properties.items.find((one) => isMap(one) && one.get('name') === column) : undefined
  return isMap(found) ? found : undefined
}

function withRule(document: Members, column: string | undefined, rule: Json): unknown {
  const [object, ...others] = document['schema'] as readonly Members[]
  const added = (one: Members): Members => ({ ...one, quality: [...(one['quality'] as readonly Json[] | undefined ?? []), rule] })
  const schema = object === undefined ? [] : [column === undefined ? added(object) : { ...object, properties: (object['properties'] as readonly Members[]).map((one) => (one['name'] === column ? added(one) : one)) }, ...others]
  return { ...document, schema }
}

function insertInto(text: string, owner: YAMLMap, rule: Json): string | undefined {
  const written = flowText(rule)
  const quality = owner.items.find((pair) => isScalar(pair.key) && pair.key.value === 'quality')
  if (quality !== undefined) return isSeq(quality.value) ? intoList(text, quality.value, written) : undefined
  if (owner.flow === true) return beforeEnd(text, owner, `quality: [${written}]`)
  const [first] = owner.items
  const indent = first === undefined ? undefined : columnAt(text, keyStart(first))
  return indent === undefined ? undefined : afterNode(text, owner, `${' '.repeat(indent)}quality:\n${' '.repeat(indent + 2)}- ${written}\n`)
}

// What reads as something else than a text stands in quotes, in whichever version of YAML it is read.
const WORD = /^(?!(?:true|false|null|yes|no|on|off|y|n|nan|inf)$)[a-z_][a-z0-9_]*$/iu

/** In one line. */
function flowText(value: Json): string {
  if (typeof value === 'string') return WORD.test(value) ? value : JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(flowText).join(', ')}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  return `{ ${Object.entries(value).map(([key, one]) => `${flowText(key)}: ${flowText(one as Json)}`).join(', ')} }`
}

function intoList(text: string, list: YAMLSeq, written: string): string | undefined {
  if (list.flow === true) return beforeEnd(text, list, written)
  const start = (list.items[0] as Node | undefined)?.range?.[0]
  if (start === undefined) return undefined
  // The hyphen of the first item is the last one before it on its line.
  const lineStart = text.lastIndexOf('\n', start - 1) + 1
  const hyphen = text.lastIndexOf('-', start - 1)
  return hyphen < lineStart ? undefined : afterNode(text, list, `${' '.repeat(hyphen - lineStart)}- ${written}\n`)
}

/** Inside a flow collection, before its closing bracket. */
function beforeEnd(text: string, node: YAMLMap | YAMLSeq, written: string): string | undefined {
  const end = node.range?.[1]
  if (end === undefined) return undefined
  const inside = text.slice(0, end - 1)
  const kept = inside.trimEnd()
  const comma = node.items.length === 0 || kept.endsWith(',') ? (kept.endsWith(',') ? ' ' : '') : ', '
  return `${kept}${comma}${written}${inside.slice(kept.length)}${text.slice(end - 1)}`
}

/** On lines of its own after the last value of a block collection, and a comment on that value's line. */
function afterNode(text: string, node: YAMLMap | YAMLSeq, lines: string): string | undefined {
  const end = lastEnd(node)
  if (end === undefined) return undefined
  const lineEnd = text.indexOf('\n', Math.max(end - 1, 0))
  return lineEnd === -1 ? `${text}\n${lines}` : `${text.slice(0, lineEnd + 1)}${lines}${text.slice(lineEnd + 1)}`
}

function lastEnd(node: Node): number | undefined {
  if (!isCollection(node) || node.flow === true) return node.range?.[1]
  const last = node.items.at(-1) as Node | Pair<Node, Node | null> | undefined
  if (last === undefined) return node.range?.[1]
  return 'key' in last ? (last.value === null ? last.key.range?.[1] : lastEnd(last.value)) : lastEnd(last)
}

const keyStart = ({ key }: Pair): number | undefined => (isScalar(key) ? key.range?.[0] : undefined)

const columnAt = (text: string, offset: number | undefined): number | undefined => (offset === undefined ? undefined : offset - (text.lastIndexOf('\n', offset - 1) + 1))
