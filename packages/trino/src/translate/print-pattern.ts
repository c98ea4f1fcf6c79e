// A regular expression of RE2 → one that means the same to RE2, to Java and to Joni, whichever Trino runs. Only what all of
// them read alike stays; classes are written out, since the others' hold more letters.

import { cannot } from './types.ts'

const CLASSES: Readonly<Record<string, string>> = { d: '0-9', w: '0-9A-Za-z_', s: '\\t\\n\\f\\r ' }
const ESCAPES: Readonly<Record<string, string>> = { t: '\\t', n: '\\n', r: '\\r', f: '\\f' }
const PUNCTUATION = /[!-/:-@[-`{-~]/u

export function printPattern(pattern: string): string {
  let printed = ''
  let at = 0
  const refuse = (): never => cannot(`the pattern ${JSON.stringify(pattern.slice(0, 60))}`)
  const escaped = (): string => {
    const char = pattern[at + 1] ?? refuse()
    at += 2
    if (PUNCTUATION.test(char)) return `\\${char}`
    return ESCAPES[char] ?? refuse()
  }
  const inBrackets = (): string => {
    at += 1
    let inside = ''
    if (pattern[at] === '^') {
      inside = '^'
      at += 1
    }
    if (pattern[at] === ']' || pattern[at] === undefined) refuse()
    for (; pattern[at] !== ']'; ) {
      const char = pattern[at] ?? refuse()
      if (char === '\\' && CLASSES[pattern[at + 1] ?? ''] !== undefined) {
        inside += CLASSES[pattern[at + 1] ?? '']
        at += 2
      } else if (char === '\\') inside += escaped()
      // Brackets within, intersections: others nest where RE2 takes letters.
      else if (char === '[' || char === '&' || !isPlain(char)) refuse()
      else {
        inside += char
        at += 1
      }
    }
    at += 1
    return `[${inside}]`
  }
  while (at < pattern.length) {
    const char = pattern[at] ?? ''
    const next = pattern[at + 1] ?? ''
    if (char === '\\' && CLASSES[next] !== undefined) {
      printed += `[${CLASSES[next]}]`
      at += 2
    } else if (char === '\\' && CLASSES[next.toLowerCase()] !== undefined) {
      printed += `[^${CLASSES[next.toLowerCase()]}]`
      at += 2
    } else if (char === '\\') printed += escaped()
    else if (char === '[') printed += inBrackets()
    else if (char === '.') {
      printed += '[^\\n]'
      at += 1
    } else if (char === '(') {
      // Groups are asked for by nobody; (?i) and its like are not the same everywhere.
      if (next === '?' && pattern[at + 2] !== ':') refuse()
      printed += '(?:'
      at += next === '?' ? 3 : 1
    } else if (char === '{') {
      const [counted] = /^\{\d{1,3}(?:,\d{0,3})?\}/u.exec(pattern.slice(at, at + 12)) ?? refuse()
      printed += counted
      at += counted.length
    } else if (')|*+?'.includes(char)) {
      // What is possessive to Java is twice repeated to RE2.
      if ((char === '+' || char === '*') && '*+?}'.includes(pattern[at - 1] ?? ' ') && pattern[at - 2] !== '\\') refuse()
      printed += char
      at += 1
    } else if (char === '^' || char === '$' || !isPlain(char)) refuse()
    else {
      printed += char
      at += 1
    }
  }
  return printed
}

/** One code unit, of any script, that no reader takes for anything else. */
const isPlain = (char: string): boolean => /^[^\p{Cc}\p{Cs}}\]]$/u.test(char)
