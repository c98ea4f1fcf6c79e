// The YAML of a project: one document a file, under limits, with places found by what stands there.

import { load, YAMLException } from 'js-yaml'
import type { Json, Place, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { messages } from '../messages.ts'
import { placeOf } from '../jinja/limits.ts'

const LARGEST = 5_000_000
const DEEPEST = 60
const MOST_NODES = 500_000

export interface Yaml {
  readonly file: string
  readonly text: string
  readonly value: Json
}

export function readYaml(text: string, file: string): Result<Yaml> {
  if (text.length > LARGEST) return fail(messages['dbt-file-limit']({ file, limit: 'characters', most: LARGEST }, { place: { file, line: 1, column: 1 } }))
  if (text.trim() === '') return ok({ file, text, value: null })
  try {
    const value = load(text, { filename: file, maxDepth: DEEPEST }) as Json
    if (text.includes('&') && sizeOf(value, new Map()) > MOST_NODES) return fail(messages['dbt-file-limit']({ file, limit: 'values behind aliases', most: MOST_NODES }, { place: placeOf(file, text, text.indexOf('&')) }))
    return ok({ file, text, value: value ?? null })
  } catch (error) {
    if (!(error instanceof YAMLException)) return fail(messages['dbt-yaml']({ detail: 'it cannot be read' }, { place: { file, line: 1, column: 1 } }))
    // A file of comments has no document.
    if (error.mark === undefined && /^\s*(?:#.*\s*)*(?:---\s*)?$/u.test(text)) return ok({ file, text, value: null })
    return fail(messages['dbt-yaml']({ detail: error.reason.replace(/[\u0000-\u001f]/gu, ' ').slice(0, 200) }, { place: placeOf(file, text, error.mark?.position ?? 0) }))
  }
}

function sizeOf(value: unknown, known: Map<object, number>): number {
  if (value === null || typeof value !== 'object') return 1
  const found = known.get(value)
  if (found !== undefined) return found
  known.set(value, Infinity)
  let size = 1
  for (const child of Object.values(value)) size += sizeOf(child, known)
  known.set(value, size)
  return size
}

/** Where a name stands in a file: after `key:` if it can be found there, else wherever it first is, else the start. */
export function placeOfName({ text, file }: Pick<Yaml, 'text' | 'file'>, name: string, key = 'name'): Place {
  const quoted = name.replace(/[.*+?^${}()|[\]\\]/gu, '\\$&')
  const exact = new RegExp(`\\b${key}\\s*:\\s*["']?${quoted}["']?\\s*(?:#|$)`, 'mu').exec(text)
  const at = exact === null ? text.indexOf(name) : exact.index + exact[0].indexOf(name)
  return { ...placeOf(file, text, Math.max(0, at)), ...(at >= 0 && { length: name.length }) }
}

export const isMap = (value: Json | undefined): value is Readonly<Record<string, Json>> => typeof value === 'object' && value !== null && !Array.isArray(value)
export const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value)
export const mapOf = (value: Json | undefined): Readonly<Record<string, Json>> => (isMap(value) ? value : {})
/** A list, a single value as one of it, nothing as none. */
export const listOf = (value: Json | undefined): readonly Json[] => (value === undefined || value === null ? [] : isList(value) ? value : [value])
export const textOf = (value: Json | undefined, fallback = ''): string => (value === undefined || value === null ? fallback : typeof value === 'object' ? fallback : String(value))
