// A statement as the audit keeps it → texts that an engine can plan: each placeholder filled with a value of its type. Which value is
// right (`date_trunc` wants the name of a part, an `order by` a number that there is) nobody kept, so there are several ways to fill,
// the likeliest first. Pure.

const PLACEHOLDER = /\?:(?<kind>[a-z]+)(?<number>\d*)/gu

/** What cannot be filled: what was never read, cut short, or no word at all. */
const LOST = /…$|\?:(?:unreadable|symbol|parameter)/u

/** `int` is given how many there were before in the statement. */
interface Way { readonly text: string; readonly int: (at: number) => string }

const one = (): string => '1'
const counted = (at: number): string => String(at + 1)
const WAYS: readonly Way[] = [
  { text: "'1'", int: one }, { text: "'day'", int: one }, { text: "'2000-01-01'", int: one }, { text: 'NULL', int: one },
  { text: "'1'", int: counted }, { text: "'day'", int: counted },
]

const FIXED: Readonly<Record<string, string>> = {
  decimal: '1.5', bool: 'true', blob: "'\\x00'::BLOB", bits: "'0'::BIT", date: "'2000-01-01'", time: "'00:00:00'", timestamp: "'2000-01-01 00:00:00'",
  timestamptz: "'2000-01-01 00:00:00+00'", interval: "'1 day'", uuid: "'00000000-0000-0000-0000-000000000000'", json: "'{}'",
}

export const canBeFilled = (text: string): boolean => !LOST.test(text)

/** No way at all where the text cannot be filled. */
export function fillPlaceholders(text: string): readonly string[] {
  if (!canBeFilled(text)) return []
  return [...new Set(WAYS.map((way) => {
    let ints = 0
    return text.replaceAll(PLACEHOLDER, (whole, kind: string, number: string) => {
      if (kind === 'name') return `replayed_name_${number === '' ? '1' : number}`
      if (kind === 'int') return way.int(ints++)
      if (kind === 'text') return way.text
      return Object.hasOwn(FIXED, kind) ? FIXED[kind] as string : whole
    })
  }))]
}
