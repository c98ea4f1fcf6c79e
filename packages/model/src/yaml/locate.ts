// Finds where each value of a YAML text stands. It reads the text a second time, so it is for those who need a place:
// a diagnostic, or a page that links to the source. It never judges the text.

import { EVENT_ID, getScalarValue, parseEvents } from 'js-yaml'
import type { Place } from '@tulle/kernel'

/** Keys and indices that lead from the root of a document to a value. */
export type Path = readonly (string | number)[]

/** Which end of a pair a place shows: the key, or the value it holds. */
export type PathPart = 'key' | 'value'

interface Span { readonly start: number; readonly end: number }

interface Spot {
  readonly value: Span
  readonly key: Span | undefined
  readonly children: Map<string | number, Spot>
}

/** The places of one text. */
export interface Locations {
  /** The place of the value at `path`; of its nearest ancestor where the path leads nowhere. */
  placeOf(path: Path, part: PathPart): Place
  /** Every key that a mapping already has, with the place of the first. */
  readonly duplicates: readonly { readonly key: string; readonly place: Place; readonly first: Place }[]
}

/** Reads the places of a text that parses as one YAML document; an unreadable text has its start only. */
export function locate(text: string, file: string): Locations {
  const lines = linesOf(text)
  const place = (span: Span): Place => placeAt(text, lines, file, span)
  const { root, duplicates } = spotsOf(text)
  return {
    placeOf: (path, part) => {
      let spot = root
      for (const [depth, step] of path.entries()) {
        const next = spot.children.get(step)
        if (next === undefined) return place(depth > 0 && spot.key !== undefined ? spot.key : spot.value)
        spot = next
      }
      return place(part === 'key' && spot.key !== undefined ? spot.key : spot.value)
    },
    duplicates: duplicates.map((d) => ({ key: d.key, place: place(d.span), first: place(d.first) })),
  }
}

/** The start of a file, for findings about the whole of it. */
export const startOf = (file: string): Place => ({ file, line: 1, column: 1 })

/** The place of an offset, for readers that know offsets only. */
export const placeAtOffset = (text: string, file: string, offset: number, length = 1): Place =>
  placeAt(text, linesOf(text), file, { start: offset, end: offset + length })

// Beyond this a source line is no help to a person, and copying it into each finding is a cost.
const LONGEST_SOURCE_LINE = 1_000

function placeAt(text: string, lines: readonly number[], file: string, span: Span): Place {
  let low = 0
  let high = lines.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((lines[middle] ?? 0) <= span.start) low = middle
    else high = middle - 1
  }
  const start = lines[low] ?? 0
  const end = text.indexOf('\n', start)
  const lineEnd = end === -1 ? text.length : end
  const length = Math.max(1, Math.min(span.end, lineEnd) - span.start)
  const source = text.slice(start, lineEnd).trimEnd()
  return {
    file,
    line: low + 1,
    column: span.start - start + 1,
    length,
    ...(source.length <= LONGEST_SOURCE_LINE && { source }),
  }
}

function linesOf(text: string): readonly number[] {
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}

interface Open { readonly spot: Spot; readonly mapping: boolean; key: { text: string; span: Span } | undefined; index: number }

function spotsOf(text: string): { root: Spot; duplicates: { key: string; span: Span; first: Span }[] } {
  const root: Spot = { value: { start: 0, end: 1 }, key: undefined, children: new Map() }
  const duplicates: { key: string; span: Span; first: Span }[] = []
  const stack: Open[] = [{ spot: root, mapping: false, key: undefined, index: 0 }]
  let top: Spot | undefined
  const add = (span: Span): Spot => {
    const open = stack.at(-1) as Open
    const spot: Spot = { value: span, key: open.key?.span, children: new Map() }
    if (open.mapping && open.key !== undefined) {
      const first = open.spot.children.get(open.key.text)
      if (first === undefined) open.spot.children.set(open.key.text, spot)
      else duplicates.push({ key: open.key.text, span: open.key.span, first: first.key ?? first.value })
      open.key = undefined
    } else if (stack.length === 1) {
      top ??= spot
    } else {
      open.spot.children.set(open.index, spot)
      open.index += 1
    }
    return spot
  }
  for (const event of eventsOf(text)) {
    const open = stack.at(-1) as Open
    const expectsKey = open.mapping && open.key === undefined
    switch (event.type) {
      case EVENT_ID.SCALAR: {
        const start = Math.max(0, event.valueStart)
        const span = { start: event.valueStart < 0 ? (open.key?.span.start ?? start) : start, end: event.valueEnd < 0 ? (open.key?.span.end ?? start + 1) : event.valueEnd }
        if (expectsKey) open.key = { text: getScalarValue(text, event), span }
        else add(span)
        break
      }
      case EVENT_ID.ALIAS: {
        const span = { start: Math.max(0, event.anchorStart - 1), end: event.anchorEnd }
        if (expectsKey) open.key = { text: text.slice(span.start, span.end), span }
        else add(span)
        break
      }
      case EVENT_ID.MAPPING:
      case EVENT_ID.SEQUENCE: {
        // A mapping or list as a key names nothing that a path could reach; its pairs hang in the air.
        const span = { start: event.start, end: event.start + 1 }
        if (expectsKey) open.key = { text: '', span }
        const spot = expectsKey ? { value: span, key: undefined, children: new Map() } : add(span)
        stack.push({ spot, mapping: event.type === EVENT_ID.MAPPING, key: undefined, index: 0 })
        break
      }
      case EVENT_ID.POP:
        if (stack.length > 1) stack.pop()
        break
      case EVENT_ID.DOCUMENT:
        break
    }
  }
  return { root: top ?? root, duplicates }
}

function eventsOf(text: string): ReturnType<typeof parseEvents> {
  try {
    return parseEvents(text, {})
  } catch {
    return []
  }
}
