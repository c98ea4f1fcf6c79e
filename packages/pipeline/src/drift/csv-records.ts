// Records of CSV (RFC 4180) one after the other, so that one which cannot be read costs no other: it ends at the end of its
// line. Pure but for the text that it is given.

/** Cells, `null` where nothing stood; or the text of what is no record. */
export type CsvRecord = { readonly cells: readonly (string | null)[] } | { readonly unreadable: string }

export interface CsvForm { readonly delimiter?: string; readonly quote?: string; readonly escape?: string; readonly nullText?: string }

/** Longer ones are no records; a quote without an end would make one of the whole file. */
export const LONGEST_RECORD = 16 * 1024 * 1024

/** As many cells as there are columns; undefined where it has other ones. Delimiters at the end of the line are none too many, as the engine has it. */
export function cellsOf(record: CsvRecord, columns: number): readonly (string | null)[] | undefined {
  if (!('cells' in record)) return undefined
  const { cells } = record
  return cells.length === columns ? cells : cells.length > columns && cells.slice(columns).every((cell) => cell === null) ? cells.slice(0, columns) : undefined
}

/** Throws where nobody can say where records end, with the line. */
export class NoRecordEnd extends Error {
  readonly line: number
  readonly why: string
  constructor(line: number, why: string) {
    super(why)
    this.line = line
    this.why = why
  }
}

export async function* csvRecords(text: AsyncIterable<string>, { delimiter = ',', quote = '"', escape = quote, nullText }: CsvForm): AsyncGenerator<CsvRecord> {
  let held = ''
  let line = 1
  let isFirst = true
  const read = function* (isLast: boolean): Generator<CsvRecord> {
    let at = 0
    for (;;) {
      if (at >= held.length) break
      const found = recordAt(held, at, isLast)
      if (found === undefined) {
        if (isLast) throw new NoRecordEnd(line, 'a quoted value does not end.')
        if (held.length - at > LONGEST_RECORD) throw new NoRecordEnd(line, 'the line is too long.')
        break
      }
      // An empty line is none.
      if (found.end > at + 1 || !isLineEnd(held, at)) if (found.next > at && !(found.end === at)) yield found.record
      for (let i = at; i < found.next; i += 1) if (held[i] === '\n' || (held[i] === '\r' && held[i + 1] !== '\n')) line += 1
      at = found.next
    }
    held = held.slice(at)
  }
  const isLineEnd = (of: string, i: number): boolean => of[i] === '\n' || of[i] === '\r'

  /** `end` is behind the record, `next` behind the end of its line. Undefined: more text is needed. */
  const recordAt = (of: string, from: number, isLast: boolean): { readonly record: CsvRecord; readonly end: number; readonly next: number } | undefined => {
    const cells: (string | null)[] = []
    let isBroken = false
    let at = from
    const over = (end: number): { readonly record: CsvRecord; readonly end: number; readonly next: number } | undefined => {
      // Whether a line feed follows is not known yet.
      if (of[end] === '\r' && end + 1 === of.length && !isLast) return undefined
      const next = of[end] === '\r' && of[end + 1] === '\n' ? end + 2 : Math.min(end + 1, of.length)
      const whole = of.slice(from, end)
      return { record: isBroken || whole.includes('\uFFFD') ? { unreadable: whole } : { cells }, end, next }
    }
    for (;;) {
      if (quote !== '' && of.startsWith(quote, at)) {
        let value = ''
        at += quote.length
        for (;;) {
          if (at >= of.length) return undefined
          if (of.startsWith(escape, at) && (of.startsWith(quote, at + escape.length) || (escape !== quote && of.startsWith(escape, at + escape.length)))) {
            value += of.startsWith(quote, at + escape.length) ? quote : escape
            at += escape.length + (of.startsWith(quote, at + escape.length) ? quote.length : escape.length)
          } else if (of.startsWith(quote, at)) {
            at += quote.length
            break
          } else {
            value += of[at]
            at += 1
          }
        }
        // The quote may be the first half of an escaped one.
        if (at >= of.length && !isLast) return undefined
        cells.push(value)
        if (at < of.length && !of.startsWith(delimiter, at) && !isLineEnd(of, at)) isBroken = true
        while (at < of.length && !of.startsWith(delimiter, at) && !isLineEnd(of, at)) at += 1
      } else {
        const start = at
        while (at < of.length && !of.startsWith(delimiter, at) && !isLineEnd(of, at)) at += 1
        const value = of.slice(start, at)
        // A quote behind spaces: readers differ in whether it is one.
        if (quote !== '' && value.trimStart().startsWith(quote)) isBroken = true
        cells.push(value === '' || value === nullText ? null : value)
      }
      if (at >= of.length) return isLast ? over(at) : undefined
      if (isLineEnd(of, at)) return over(at)
      if (isBroken) {
        // Its line is given up, so that it takes nothing behind it along.
        while (at < of.length && !isLineEnd(of, at)) at += 1
        if (at >= of.length && !isLast) return undefined
        return over(at)
      }
      at += delimiter.length
    }
  }

  for await (const piece of text) {
    held += isFirst ? piece.replace(/^\uFEFF/u, '') : piece
    isFirst = false
    yield* read(false)
  }
  yield* read(true)
}
