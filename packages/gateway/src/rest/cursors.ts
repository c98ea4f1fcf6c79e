// A page's cursor: good for the same question on the snapshot that the first page was of, and says nothing but how far it
// came, and in which snapshot.

import { fingerprintOf } from '@tulle/kernel'
import type { ReadQuery } from './types.ts'

export interface Cursor { readonly mark: string; readonly offset: number; readonly snapshot: string }

/** Equal for the same columns, conditions and order. */
export const markOf = ({ select, filters, order }: Pick<ReadQuery, 'select' | 'filters' | 'order'>, snapshot: string): string =>
  fingerprintOf({ select, snapshot, filters: filters.map((f) => [f.column, f.operator, ...f.values]), order: order.map((o) => [o.column, o.descending]) }).slice(0, 16)

export const printCursor = ({ mark, offset, snapshot }: Cursor): string => Buffer.from(`${mark}${offset.toString(36)}.${snapshot}`).toString('base64url')

/** Undefined where it is none. Whether its mark is that of the question is for the caller to see. */
export function readCursor(text: string): Cursor | undefined {
  if (text.length > 200) return undefined
  const { mark = '', offset = '', snapshot = '' } = /^(?<mark>[0-9a-f]{16})(?<offset>[0-9a-z]{1,10})\.(?<snapshot>-?\d{1,20})$/u.exec(Buffer.from(text, 'base64url').toString('latin1'))?.groups ?? {}
  const found = Number.parseInt(offset, 36)
  return mark !== '' && Number.isSafeInteger(found) ? { mark, offset: found, snapshot } : undefined
}
