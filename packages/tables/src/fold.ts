// Two spellings of one key: letters of the Latin alphabet are the same in upper and lower case, and blanks around it are nothing. The same by
// an engine and by us, to the letter: other alphabets fold differently by every library, so none of them is touched.

/** Blanks, tabs and ends of lines. */
const AROUND = /^[ \t\n\r]+|[ \t\n\r]+$/gu

export const fold = (value: string): string => value.replaceAll(AROUND, '').replaceAll(/[A-Z]/gu, (letter) => letter.toLowerCase())

/** The same as an engine's SQL; `value` is SQL of a text. */
export const foldSql = (value: string): string =>
  `translate(trim(${value}, ' ' || chr(9) || chr(10) || chr(13)), 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')`
