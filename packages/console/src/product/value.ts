// A value of a row as text. What would be invisible or would turn its surroundings around is made visible.

const NUMBERS = /^(?:u?(?:tiny|small|big|huge)?int(?:eger)?|float|double|real|decimal|numeric|long)/iu

/** Whether a column's type reads as a number, which stands at the right. */
export const isNumber = (type: string): boolean => NUMBERS.test(type) && !type.includes('[')

// Controls, zero-width characters and changes of direction, by code point. Line breaks and tabs too: a row is one line.
// oxlint-disable-next-line no-control-regex -- these are the characters that must not act
const INVISIBLE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu

/** Undefined for null. */
export function printValue(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.replace(INVISIBLE, (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`)
}
