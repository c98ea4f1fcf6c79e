// Values that somebody wrote for a column, held against its type. Pure.

import type { Json } from '@tulle/kernel'
import type { CheckedRelation, Scalar } from './types.ts'

/** What a check does not say, or says wrongly; as the end of a sentence. */
export interface Fault { readonly fault: string; readonly hint?: string }
export const isFault = (value: unknown): value is Fault => typeof value === 'object' && value !== null && Object.hasOwn(value, 'fault')

export type Obj = Readonly<Record<string, Json | undefined>>
export const isObj = (value: Json | undefined): value is Readonly<Record<string, Json>> => value !== null && typeof value === 'object' && !Array.isArray(value)
export const textOf = (value: Json | undefined): string | undefined => (typeof value === 'string' ? value : undefined)
export const isTexts = (value: Json | undefined): value is readonly string[] => Array.isArray(value) && value.every((item) => typeof item === 'string')

const LARGEST_LIST = 10_000
const LONGEST_PATTERN = 1_000

export const isNumeric = (type: string | undefined): boolean => type !== undefined && /^(?:int|long|float|double|decimal\(.*\))$/u.test(type)
export const isTemporal = (type: string | undefined): boolean => type !== undefined && /^(?:date|time|timestamp|timestamptz|timestamp_ns)$/u.test(type)

/** A list of plain values as they are compared with the column; null is the empty cell of YAML and is left out. */
export function valuesFor(type: string | undefined, value: Json | undefined): readonly Scalar[] | undefined {
  if (!Array.isArray(value) || value.length > LARGEST_LIST) return undefined
  const plain = (value as readonly Json[]).filter((item) => item !== null)
  if (!plain.every((item): item is Scalar => typeof item !== 'object')) return undefined
  const numbers = plain.map((item) => (typeof item === 'string' && item.trim() !== '' ? Number(item) : item))
  return isNumeric(type) && numbers.every((item) => typeof item === 'number' && Number.isFinite(item)) ? (numbers as readonly number[]) : plain.map(String)
}

/** Why a pattern cannot be run: it is checked by an engine that reads each value once (RE2). */
export function patternFault(pattern: string): Fault | undefined {
  if (pattern.length > LONGEST_PATTERN) return { fault: `its pattern is longer than ${LONGEST_PATTERN} characters` }
  const unlinear = /\(\?<?[=!]|\(\?>|\\[1-9]|\\k</u.exec(pattern.replaceAll(/\\\\/gu, ''))
  if (unlinear !== null) return { fault: `its pattern has "${unlinear[0]}", which looks around or back; patterns here are read once from left to right` }
  try {
    // What JavaScript cannot read either is misspelt; what only it knows was refused above.
    const read = RegExp(pattern.replaceAll(/\(\?[a-zA-Z]+(?:-[a-zA-Z]+)?\)/gu, '').replaceAll(/\(\?P</gu, '(?<').replaceAll(/\[\[:\^?[a-z]+:\]/gu, '[a').replaceAll(/\\[AzQEC]/gu, ''))
    return read.source === '' ? { fault: 'its pattern is empty' } : undefined
  } catch (cause) {
    return { fault: `its pattern cannot be read (${String(cause instanceof Error ? cause.message : cause).replace(/^Invalid regular expression: /u, '').slice(0, 120)})` }
  }
}

/** Whose rules are read. */
export interface RuleContext {
  readonly column?: string
  /** Iceberg's types by column. */
  readonly columns: ReadonlyMap<string, string>
  readonly relation: CheckedRelation
  /** Another table by the name that a person gives it: `data_set` of the same product, or `product.data_set`. */
  readonly other?: (name: string) => CheckedRelation | undefined
}
