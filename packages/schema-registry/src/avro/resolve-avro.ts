// Whether a reader's schema can follow a writer's: the resolution rules of the Avro specification, all differences at once.

import { SchemaFault } from '../schema-fault.ts'
import type { Avro, AvroEnum, AvroField, AvroFixed, AvroRecord, AvroUnion } from './types.ts'

const PROMOTIONS: Readonly<Record<string, readonly string[]>> = {
  long: ['int'], float: ['int', 'long'], double: ['int', 'long', 'float'], string: ['bytes'], bytes: ['string'],
}

/** Why data of the writer cannot be read, one sentence each with its path; empty where it can. */
export function resolveAvro(reader: Avro, writer: Avro): readonly string[] {
  return resolve(reader, writer, '/', { pairs: new Map(), left: { looks: MOST_LOOKS } })
}

/** Unions in unions multiply what there is to look at; honest schemas need a few thousand looks. */
const MOST_LOOKS = 200_000

/** A pair that is being looked at is taken to be fine: where it is not, the outer look says so. */
interface Open { readonly pairs: Map<Avro, Set<Avro>>; readonly left: { looks: number } }

function resolve(reader: Avro, writer: Avro, path: string, open: Open): readonly string[] {
  const met = open.pairs.get(reader) ?? new Set()
  if (met.has(writer)) return []
  open.pairs.set(reader, met.add(writer))
  return compare(reader, writer, path, open)
}

function compare(reader: Avro, writer: Avro, path: string, open: Open): readonly string[] {
  open.left.looks -= 1
  if (open.left.looks < 0) throw new SchemaFault('its unions are too entangled to be compared')
  if (writer.kind === 'union') return writer.branches.flatMap((branch, i) => resolve(reader, branch, `${path}${reader.kind === 'union' ? '' : i}`, open))
  if (reader.kind === 'union') return inUnion(reader, writer, path, open)
  if (reader.kind !== writer.kind) return PROMOTIONS[reader.kind]?.includes(writer.kind) === true ? [] : [`TYPE_MISMATCH at ${path}: reader type ${typeName(reader)} not compatible with writer type ${typeName(writer)}`]
  switch (reader.kind) {
    case 'array': return resolve(reader.items, (writer as typeof reader).items, `${at(path)}items`, open)
    case 'map': return resolve(reader.values, (writer as typeof reader).values, `${at(path)}values`, open)
    case 'enum': return enums(reader, writer as AvroEnum, path)
    case 'fixed': return fixed(reader, writer as AvroFixed, path)
    case 'record': return records(reader, writer as AvroRecord, path, open)
    default: return decimals(reader, writer as typeof reader, path)
  }
}

const at = (path: string): string => (path.endsWith('/') ? path : `${path}/`)
const typeName = (type: Avro): string => ('name' in type ? type.name : type.kind)

/** The first branch that fits. One is tried alone, so what it finds is no finding of the whole. */
function inUnion(reader: AvroUnion, writer: Avro, path: string, open: Open): readonly string[] {
  const fits = reader.branches.some((branch) => compare(branch, writer, path, copyOf(open)).length === 0)
  return fits ? [] : [`MISSING_UNION_BRANCH at ${path}: reader union lacking writer type ${typeName(writer)}`]
}

const copyOf = ({ pairs, left }: Open): Open => ({ pairs: new Map([...pairs].map(([reader, writers]) => [reader, new Set(writers)])), left })

const lastPart = (name: string): string => name.slice(name.lastIndexOf('.') + 1)

/** By the unqualified name, or by an alias of the reader's. */
const sameName = (reader: { readonly name: string; readonly aliases: readonly string[] }, writer: { readonly name: string }): boolean =>
  lastPart(reader.name) === lastPart(writer.name) || reader.aliases.includes(writer.name)

const named = (reader: AvroRecord | AvroEnum | AvroFixed, writer: { readonly name: string }, path: string): readonly string[] =>
  sameName(reader, writer) ? [] : [`NAME_MISMATCH at ${path}: expected ${writer.name}, found ${reader.name}`]

function enums(reader: AvroEnum, writer: AvroEnum, path: string): readonly string[] {
  const missing = writer.symbols.filter((symbol) => !reader.symbols.includes(symbol))
  return [...named(reader, writer, path), ...(missing.length > 0 && reader.fallback === undefined ? [`MISSING_ENUM_SYMBOLS at ${path}: ${missing.join(', ')}`] : [])]
}

function fixed(reader: AvroFixed, writer: AvroFixed, path: string): readonly string[] {
  return [...named(reader, writer, path), ...(reader.size === writer.size ? [] : [`FIXED_SIZE_MISMATCH at ${path}: expected ${writer.size}, found ${reader.size}`]), ...decimals(reader, writer, path)]
}

/** Of two decimals the specification asks that scale and precision are the same. */
function decimals(reader: Avro, writer: Avro, path: string): readonly string[] {
  const [is, was] = [decimalOf(reader), decimalOf(writer)]
  if (is === undefined || was === undefined || (is.precision === was.precision && is.scale === was.scale)) return []
  return [`TYPE_MISMATCH at ${path}: decimal(${is.precision}, ${is.scale}) not compatible with decimal(${was.precision}, ${was.scale})`]
}

const decimalOf = (type: Avro): { readonly precision: number; readonly scale: number } | undefined => ('decimal' in type ? type.decimal : undefined)

function records(reader: AvroRecord, writer: AvroRecord, path: string, open: Open): readonly string[] {
  return [...named(reader, writer, path), ...reader.fields.flatMap((field, i) => {
    const written = fieldFor(field, writer)
    const here = `${at(path)}fields/${i}`
    if (written !== undefined) return resolve(field.type, written.type, `${here}/type`, open)
    return field.hasDefault ? [] : [`READER_FIELD_MISSING_DEFAULT_VALUE at ${here}: ${field.name}`]
  })]
}

const fieldFor = (field: AvroField, writer: AvroRecord): AvroField | undefined =>
  writer.fields.find(({ name }) => name === field.name) ?? writer.fields.find(({ name }) => field.aliases.includes(name))
