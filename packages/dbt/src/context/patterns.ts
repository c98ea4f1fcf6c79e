// `modules.re`: Python's patterns on JavaScript's engine, without those whose search may take for ever.

import { raise } from '../jinja/errors.ts'
import { Func, print, PyObject, Space } from '../jinja/values.ts'
import type { Value } from '../jinja/values.ts'

const LONGEST_PATTERN = 500
const LONGEST_TEXT = 20_000

function compiled(pattern: Value, flags = ''): RegExp {
  const text = print(pattern)
  if (text.length > LONGEST_PATTERN) return raise(`a pattern may have ${LONGEST_PATTERN} characters`)
  // A repeated group that repeats inside, or has choices: the search could take exponential time.
  if (/\((?:[^()\\]|\\.)*(?:[*+{|])(?:[^()\\]|\\.)*\)(?:[*+]|\{\d*,)/u.test(text) || /\([^()]*\([\s\S]*\)[^()]*\)(?:[*+]|\{\d*,)/u.test(text)) return raise('a pattern that repeats a group which repeats or chooses is not allowed')
  try {
    return new RegExp(text.replaceAll('(?P<', '(?<').replace(/^\(\?i\)/u, ''), `${flags}${text.startsWith('(?i)') ? 'i' : ''}`)
  } catch {
    return raise(`the pattern "${text}" cannot be read`)
  }
}

const subject = (value: Value): string => ((text) => (text.length > LONGEST_TEXT ? raise(`a pattern looks at most at ${LONGEST_TEXT} characters`) : text))(print(value))

class Match extends PyObject {
  readonly found: RegExpExecArray
  constructor(found: RegExpExecArray) {
    super()
    this.found = found
  }
  override member(name: string): Value {
    const part = (key: Value): Value => (typeof key === 'string' ? this.found.groups?.[key] : this.found[typeof key === 'number' ? key : 0]) ?? null
    switch (name) {
      case 'group': return new Func(name, ([key]) => part(key))
      case 'groups': return new Func(name, () => this.found.slice(1).map((one) => one ?? null))
      case 'groupdict': return new Func(name, () => new Map<Value, Value>(Object.entries(this.found.groups ?? {})))
      case 'start': return new Func(name, () => this.found.index)
      case 'end': return new Func(name, () => this.found.index + this.found[0].length)
      default: return undefined
    }
  }
  override print(): string {
    return `<re.Match '${this.found[0]}'>`
  }
}

const matched = (found: RegExpExecArray | null): Value => (found === null ? null : new Match(found))

const VERBS: Readonly<Record<string, (pattern: Value, args: readonly Value[]) => Value>> = {
  match: (pattern, [text]) => matched(compiled(`^(?:${print(pattern)})`).exec(subject(text))),
  fullmatch: (pattern, [text]) => matched(compiled(`^(?:${print(pattern)})$`).exec(subject(text))),
  search: (pattern, [text]) => matched(compiled(pattern).exec(subject(text))),
  sub: (pattern, [to, text]) => subject(text).replace(compiled(pattern, 'g'), print(to).replaceAll('$', '$$$$').replace(/\\(\d)/gu, '$$$1')),
  split: (pattern, [text]) => subject(text).split(compiled(pattern)).map((part) => part ?? null),
  findall: (pattern, [text]) => [...subject(text).matchAll(compiled(pattern, 'g'))].map((found) => (found.length > 2 ? found.slice(1).map((one) => one ?? '') : (found[1] ?? found[0]))),
}

export const PATTERNS = new Space('re', {
  ...Object.fromEntries(Object.entries(VERBS).map(([name, verb]) => [name, new Func(name, ([pattern, ...rest]) => verb(pattern, rest))])),
  compile: new Func('compile', ([pattern]) => new Space('pattern', Object.fromEntries(Object.entries(VERBS).map(([name, verb]) => [name, new Func(name, (args) => verb(pattern, args))])))),
  escape: new Func('escape', ([text]) => print(text).replace(/[.*+?^${}()|[\]\\]/gu, '\\$&')),
  IGNORECASE: 2, I: 2,
})
