// Turns the text of one YAML file into plain values, or says everything that is wrong with the text and where.
// Values come from the fast parser alone; places are looked up later and only on request.

import { load, YAMLException } from 'js-yaml'
import type { Diagnostic, Json, Place, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { messages } from '../messages.ts'
import type { Locations, Path, PathPart } from './locate.ts'
import { locate, placeAtOffset, startOf } from './locate.ts'
import { LaterPlace } from './later-place.ts'

/** One YAML file, read. */
export interface YamlDocument {
  readonly file: string
  readonly value: Json
  place(path: Path, part?: PathPart): Place
  /** The same, looked up only when it is read. For nouns; a diagnostic needs its place at once. */
  laterPlace(path: Path, part?: PathPart): Place
}

export const MOST_YAML_BYTES = 2_000_000
const DEEPEST = 60
// A document of aliases may stand for far more than it holds (the "billion laughs"); no honest mesh file comes near.
const MOST_EXPANDED_NODES = 50_000
// Characters that show a reader another text than the one that is read.
const DISGUISE = /[\u202a-\u202e\u2066-\u2069]/u
// What YAML 1.2 calls non-printable, in a text that is already well-formed.
const UNPRINTABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffe\uffff]/u

/** Reads a text as exactly one YAML 1.2 document. Objects in the value have no inherited keys that a document named. */
export function parseYaml(text: string, file: string): Result<YamlDocument> {
  const bare = text.startsWith('\ufeff') ? text.slice(1) : text
  const refusal = refuseText(bare, file)
  if (refusal !== undefined) return fail(refusal)
  try {
    const value = load(bare, { filename: file, maxDepth: DEEPEST }) as Json
    if (bare.includes('&') && expandedSize(value) > MOST_EXPANDED_NODES) {
      return fail(messages['yaml-bomb']({ most: MOST_EXPANDED_NODES }, { place: placeAtOffset(bare, file, bare.indexOf('&')) }))
    }
    return ok(documentOf(bare, file, value))
  } catch (error) {
    return fail(...explain(error, bare, file))
  }
}

/** A document whose value is known already, from a cache: its text is read again only when a place is asked for. */
export function documentOf(text: string, file: string, value: Json): YamlDocument {
  let locations: Locations | undefined
  const place = (path: Path, part: PathPart = 'value'): Place => {
    locations ??= locate(text.startsWith('\ufeff') ? text.slice(1) : text, file)
    return locations.placeOf(path, part)
  }
  const locator = { file, place }
  return { ...locator, value, laterPlace: (path, part = 'value') => new LaterPlace(locator, path, part) }
}

/** What makes any text unreadable, YAML or SQL: its size, its encoding, characters that hide what it says. */
export function refuseText(text: string, file: string): Diagnostic | undefined {
  if (text.length > MOST_YAML_BYTES) return messages['file-too-large']({ file, bytes: text.length, most: MOST_YAML_BYTES }, { place: startOf(file) })
  if (!text.isWellFormed()) return messages['not-utf8']({ file }, { place: startOf(file) })
  const unprintable = UNPRINTABLE.exec(text)
  if (unprintable !== null) {
    return messages['unprintable-character']({ code: codeOf(unprintable[0]) }, { place: placeAtOffset(text, file, unprintable.index) })
  }
  const disguise = DISGUISE.exec(text)
  if (disguise !== null) {
    return messages['disguising-character']({ code: codeOf(disguise[0]) }, { place: placeAtOffset(text, file, disguise.index) })
  }
  return undefined
}

const codeOf = (character: string): string => `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`

function explain(error: unknown, text: string, file: string): readonly Diagnostic[] {
  if (!(error instanceof YAMLException)) return [messages['bad-yaml']({ reason: 'it cannot be read' }, { place: placeAtOffset(text, file, 0) })]
  if (error.mark === undefined) {
    if (text.trim() === '' || error.reason.includes('empty')) return [messages['empty-file']({ file }, { place: startOf(file) })]
    return [messages['several-documents']({ file }, { place: placeAtOffset(text, file, Math.max(0, text.search(/\n---/u) + 1), 3) })]
  }
  const { position } = error.mark
  if (error.reason === 'duplicated mapping key') {
    const { duplicates } = locate(text, file)
    return duplicates.map((d) => messages['duplicate-key']({ key: d.key }, { place: d.place, related: [{ place: d.first, message: `"${d.key}" is here already.` }] }))
  }
  const place = placeAtOffset(text, file, Math.min(position, text.length))
  if (/depth|nesting/u.test(error.reason)) return [messages['too-deep']({ deepest: DEEPEST }, { place })]
  const tab = tabInIndentation(text, position)
  if (tab !== undefined) return [messages['yaml-tab']({}, { place: placeAtOffset(text, file, tab) })]
  return [messages['bad-yaml']({ reason: error.reason.replace(/[\u0000-\u001f]/gu, ' ').slice(0, 200) }, { place })]
}

/** The parser stumbles on or after the line that a tab indents, so both are looked at. */
function tabInIndentation(text: string, position: number): number | undefined {
  const start = text.lastIndexOf('\n', Math.max(0, position - 1)) + 1
  const before = text.lastIndexOf('\n', Math.max(0, start - 2)) + 1
  for (const line of [start, before]) {
    const tab = /^ *\t/u.exec(text.slice(line, line + 200))
    if (tab !== null) return line + tab[0].length - 1
  }
  return undefined
}

/** How many nodes a value has once every alias is replaced by what it stands for; infinite where it holds itself. */
function expandedSize(value: Json): number {
  const sizes = new Map<object, number>()
  const measure = (node: unknown): number => {
    if (node === null || typeof node !== 'object') return 1
    const known = sizes.get(node)
    if (known !== undefined) return known
    sizes.set(node, Infinity)
    let size = 1
    for (const child of Object.values(node)) size += measure(child)
    sizes.set(node, size)
    return size
  }
  return measure(value)
}
