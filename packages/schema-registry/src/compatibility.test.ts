// What each change of a schema means for readers, by the rules of each format; and what a subject's level makes of it.

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { judgeCompatibility } from './judge-compatibility.ts'
import type { SchemaType, Understood } from './types.ts'
import { understandSchema } from './understand-schema.ts'

interface Case { readonly case: string; readonly old: unknown; readonly new: unknown; readonly backward: boolean; readonly forward: boolean }
const cases = JSON.parse(readFileSync(new URL('./compatibility.cases.json', import.meta.url), 'utf8')) as Readonly<Record<'avro' | 'json' | 'protobuf', readonly Case[]>>

function understood(type: SchemaType, schema: unknown): Understood {
  const read = understandSchema(type, type === 'PROTOBUF' ? String(schema) : JSON.stringify(schema))
  if (!read.ok) throw new Error(read.diagnostics[0]?.message)
  return read.value
}

describe.each([['AVRO', cases.avro], ['JSON', cases.json], ['PROTOBUF', cases.protobuf]] as const)('in %s', (type, list) => {
  it.each(list)('$case: backward $backward, forward $forward', ({ old, new: next, backward, forward }) => {
    const [before, after] = [understood(type, old), understood(type, next)]
    const found = { backward: judgeCompatibility('BACKWARD', after, [before]), forward: judgeCompatibility('FORWARD', after, [before]), full: judgeCompatibility('FULL', after, [before]) }
    expect({ backward: found.backward.length === 0, forward: found.forward.length === 0 }, JSON.stringify(found)).toEqual({ backward, forward })
    expect(found.full.length === 0).toBe(backward && forward)
    expect(judgeCompatibility('NONE', after, [before])).toEqual([])
  })
})

describe('a transitive level', () => {
  const of = (...fields: readonly object[]): Understood => understood('AVRO', { type: 'record', name: 'A', fields })
  const first = of({ name: 'a', type: 'int' })
  const second = of({ name: 'a', type: 'int' }, { name: 'b', type: 'int', default: 0 })
  const third = of({ name: 'a', type: 'int' }, { name: 'b', type: 'int' })

  it('holds a schema against all before it, the plain one against the newest alone', () => {
    expect(judgeCompatibility('BACKWARD', third, [first, second])).toEqual([])
    expect(judgeCompatibility('BACKWARD_TRANSITIVE', third, [first, second])).toEqual(['READER_FIELD_MISSING_DEFAULT_VALUE at /fields/1: b'])
  })

  it('says a difference with its place', () => {
    expect(judgeCompatibility('FULL', of({ name: 'a', type: 'string' }), [first])).toEqual([
      'TYPE_MISMATCH at /fields/0/type: reader type string not compatible with writer type int',
      'for readers of the old schema: TYPE_MISMATCH at /fields/0/type: reader type int not compatible with writer type string',
    ])
  })

  it('never takes a schema of another type', () => {
    expect(judgeCompatibility('BACKWARD', understood('JSON', {}), [first])).toEqual(['the schema is JSON, what is there is AVRO'])
  })
})

describe('what is no schema', () => {
  const deep = (open: string, close: string, times: number): string => `${open.repeat(times)}"int"${close.repeat(times)}`
  it.each<[SchemaType, string, string]>([
    ['AVRO', '{"type":"record","name":"A","fields":[{"name":"a"}]}', 'field a of A has no type'],
    ['AVRO', '"Strange"', 'Undefined name: "Strange"'],
    ['AVRO', '["int",["null"]]', 'Nested union'],
    ['AVRO', '["int","int"]', 'Duplicate in union: int'],
    ['AVRO', '{"type":"record","name":"A","fields":[{"name":"a","type":"int","default":"x"}]}', 'Invalid default for field a: "x" not a "int"'],
    ['AVRO', '{"type":"enum","name":"E","symbols":["a-b"]}', 'Illegal character in: a-b, a symbol of E'],
    ['AVRO', '{"type":"record","name":"A","fields":[{"name":"b","type":{"type":"record","name":"A","fields":[]}}]}', "Can't redefine: A"],
    ['AVRO', deep('{"type":"array","items":', '}', 100), 'types lie deeper than 64 in each other'],
    ['AVRO', deep('[', ']', 100_000), 'it is nested deeper than 200'],
    ['JSON', '{"type":"text"}', '"text" is no type'],
    ['JSON', '{"$ref":"#/$defs/x"}', 'the reference #/$defs/x leads nowhere'],
    ['JSON', '{"$ref":"http://169.254.169.254/"}', 'the reference http://169.254.169.254/ leads to a schema that is not named among the references'],
    ['JSON', '{"$ref":"#"}', 'the reference # leads in a circle'],
    ['JSON', '[]', 'it is neither an object nor true or false'],
    ['PROTOBUF', 'syntax = "proto3"; message A { int32 a = 1; int32 b = 1; }', 'the number 1 is given twice in A'],
    ['PROTOBUF', 'syntax = "proto3"; message A { Strange a = 1; }', 'the type Strange of A.a is not known'],
    ['PROTOBUF', 'syntax = "proto3"; import "x.proto"; message A {}', 'the import "x.proto" is not among the references'],
    ['PROTOBUF', 'message A { ', 'the message A does not end'],
    ['PROTOBUF', 'message A { '.repeat(1000), 'messages lie deeper than 32 in each other'],
  ])('%s %s', (type, text, why) => {
    const read = understandSchema(type, text)
    expect(read.ok ? 'read' : read.diagnostics[0]?.message).toBe(`Invalid schema of type ${type}: ${why}.`)
  })

  it('is refused where it is entangled so that nobody could compare it', () => {
    const tangle = (depth: number): unknown => (depth === 0 ? 'int' : { type: 'array', items: ['null', { type: 'map', values: tangle(depth - 1) }, { type: 'array', items: tangle(depth - 1) }] })
    const both = understood('AVRO', tangle(9))
    const other = understood('AVRO', JSON.parse(JSON.stringify(tangle(9)).replaceAll('"int"', '"string"')))
    expect(judgeCompatibility('FULL', both, [other]).length).toBeGreaterThan(0)
  })
})
