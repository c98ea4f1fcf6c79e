// A descriptor as the text of a .proto file.

import { FieldDescriptorProto_Label as Label } from '@bufbuild/protobuf/wkt'
import type { DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto } from '@bufbuild/protobuf/wkt'
import { SCALARS } from './read-proto.ts'

const NAMES = new Map(Object.entries(SCALARS).map(([name, type]) => [type, name]))

export function printProto(file: FileDescriptorProto): string {
  const proto3 = file.syntax === 'proto3'
  return [
    `syntax = "${proto3 ? 'proto3' : 'proto2'}";`,
    ...(file.package === '' ? [] : [`package ${file.package};`]),
    ...(file.dependency.length === 0 ? [] : ['', ...file.dependency.map((name) => `import "${name}";`)]),
    ...file.messageType.flatMap((message) => ['', ...printMessage(message, '', proto3)]),
    ...file.enumType.flatMap((one) => ['', ...printEnum(one, '')]),
    '',
  ].join('\n')
}

function printMessage(message: DescriptorProto, indent: string, proto3: boolean): readonly string[] {
  const inside = `${indent}  `
  const entries = new Map(message.nestedType.filter(({ options }) => options?.mapEntry === true).map((entry) => [entry.name, entry]))
  const real = message.oneofDecl.map((_, i) => message.field.filter((field) => field.oneofIndex === i && !field.proto3Optional && inOneof(message, field)))
  const plain = message.field.filter((field) => !real.some((fields) => fields.includes(field)))
  return [
    `${indent}message ${message.name} {`,
    ...plain.map((field) => `${inside}${labelOf(field, proto3, entries)}${typeOf(field, entries)} ${field.name} = ${field.number};`),
    ...real.flatMap((fields, i) => (fields.length === 0 ? [] : [`${inside}oneof ${message.oneofDecl[i]?.name ?? ''} {`, ...fields.map((field) => `${inside}  ${typeOf(field, entries)} ${field.name} = ${field.number};`), `${inside}}`])),
    ...message.nestedType.filter((nested) => !entries.has(nested.name)).flatMap((nested) => printMessage(nested, inside, proto3)),
    ...message.enumType.flatMap((one) => printEnum(one, inside)),
    `${indent}}`,
  ]
}

/** A field that is in no oneof has the index 0 all the same, unless it says so. */
const inOneof = (message: DescriptorProto, field: FieldDescriptorProto): boolean => Object.hasOwn(field, 'oneofIndex') && message.oneofDecl.length > 0

function labelOf(field: FieldDescriptorProto, proto3: boolean, entries: ReadonlyMap<string, DescriptorProto>): string {
  if (field.label === Label.REPEATED) return entryOf(field, entries) === undefined ? 'repeated ' : ''
  if (field.label === Label.REQUIRED) return 'required '
  return field.proto3Optional || !proto3 ? 'optional ' : ''
}

const entryOf = (field: FieldDescriptorProto, entries: ReadonlyMap<string, DescriptorProto>): DescriptorProto | undefined => entries.get(field.typeName.slice(field.typeName.lastIndexOf('.') + 1))

function typeOf(field: FieldDescriptorProto, entries: ReadonlyMap<string, DescriptorProto>): string {
  const entry = field.label === Label.REPEATED ? entryOf(field, entries) : undefined
  const [key, value] = entry?.field ?? []
  if (key !== undefined && value !== undefined) return `map<${typeOf(key, entries)}, ${typeOf(value, entries)}>`
  return field.typeName === '' ? (NAMES.get(field.type) ?? 'bytes') : field.typeName
}

function printEnum({ name, value }: EnumDescriptorProto, indent: string): readonly string[] {
  return [`${indent}enum ${name} {`, ...value.map((one) => `${indent}  ${one.name} = ${one.number};`), `${indent}}`]
}
