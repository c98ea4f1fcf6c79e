// Places as paths from where the reader stands, so that terminals and editors make links of them.

import { join, relative } from 'node:path'
import type { Diagnostic, Place } from '@tulle/kernel'

/** A place in a mesh folder as seen from another folder. Its members are copied one by one: a place may look itself up. */
export const placeFrom = (here: string, folder: string, { file, line, column, length, source }: Place): Place =>
  ({ file: relative(here, join(folder, file)), line, column, ...(length !== undefined && { length }), ...(source !== undefined && { source }) })

export const seenFrom = (here: string, folder: string, diagnostic: Diagnostic): Diagnostic => ({
  ...diagnostic,
  ...(diagnostic.place !== undefined && { place: placeFrom(here, folder, diagnostic.place) }),
  ...(diagnostic.related !== undefined && { related: diagnostic.related.map((r) => ({ ...r, place: placeFrom(here, folder, r.place) })) }),
})
