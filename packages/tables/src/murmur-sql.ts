// The 32-bit Murmur3 hash (x86 variant, seed 0) as SQL, because the engine has no such function and a process that runs
// SQL is given no code of ours.

const ALL = '4294967295::UBIGINT'

/** Binds a value to a name, which SQL has no other way to do inside an expression. */
const having = (value: string, name: string, body: string): string => `list_transform([${value}], ${name} -> ${body})[1]`

const rotated = (value: string, bits: number): string => `(((${value} << ${bits}) & ${ALL}) | (${value} >> ${32 - bits}))`
const scrambled = (word: string): string => having(`(${word} * 3432918353::UBIGINT) & ${ALL}`, 's', `(${rotated('s', 15)} * 461845907::UBIGINT) & ${ALL}`)

// Four bytes; the engine reads them with the highest first, the hash with the lowest.
const wordOf = (bytes: string): string => having(`CAST(CAST(${bytes} AS BIT) AS UINTEGER)::UBIGINT`, 'w', '((w & 255) << 24) | ((w & 65280) << 8) | ((w >> 8) & 65280) | (w >> 24)')

function hash(words: string, tail: string, length: string): string {
  const step = (word: string): string => having(`xor(h, ${scrambled(word)})`, 'm', `(${rotated('m', 13)} * 5 + 3864292196::UBIGINT) & ${ALL}`)
  const body = `list_reduce(list_prepend(0::UBIGINT, ${words}), (h, k) -> ${step('k')})`
  const folded = (value: string, shift: number, name: string): string => having(value, name, `xor(${name}, ${name} >> ${shift})`)
  const first = folded(`xor(xor(${body}, ${tail}), (${length})::UBIGINT)`, 16, 'a')
  const second = folded(`(${first} * 2246822507::UBIGINT) & ${ALL}`, 13, 'b')
  return folded(`(${second} * 3266489909::UBIGINT) & ${ALL}`, 16, 'c')
}

/** The hash of a BLOB, as a UBIGINT; null of null. */
export function murmurOfBytes(blob: string): string {
  const words = `list_transform(range(0, octet_length(y) // 4), i -> ${wordOf('array_slice(y, 4 * i + 1, 4 * i + 4)')})`
  const rest = 'octet_length(y) % 4'
  const tail = `array_slice(y, octet_length(y) - ${rest} + 1, octet_length(y)) || array_slice('\\x00\\x00\\x00\\x00'::BLOB, ${rest} + 1, 4)`
  return `(CASE WHEN (${blob}) IS NULL THEN NULL ELSE ${having(blob, 'y', hash(words, scrambled(wordOf(tail)), 'octet_length(y)'))} END)`
}

/** The hash of a BIGINT's eight bytes, lowest first. */
export const murmurOfLong = (value: string): string =>
  `(CASE WHEN (${value}) IS NULL THEN NULL ELSE ${having(value, 'v', hash(`[(v & 4294967295)::UBIGINT, (((v - (v & 4294967295)) // 4294967296) & 4294967295)::UBIGINT]`, '0::UBIGINT', '8'))} END)`
