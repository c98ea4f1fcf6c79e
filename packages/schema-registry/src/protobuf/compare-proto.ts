// What differs between two files of Protocol Buffers that readers cannot follow, by the rules of Confluent's registry. Both ways
// are judged alike but for required fields: bytes that were written are read by numbers.

import { FieldDescriptorProto_Label as Label, FieldDescriptorProto_Type as Type } from '@bufbuild/protobuf/wkt'
import type { DescriptorProto, FieldDescriptorProto, FileDescriptorProto } from '@bufbuild/protobuf/wkt'

/** Kinds whose bytes can be read as each other. */
const GROUPS: readonly (readonly Type[])[] = [
  [Type.INT32, Type.UINT32, Type.INT64, Type.UINT64, Type.BOOL, Type.ENUM], [Type.SINT32, Type.SINT64], [Type.STRING, Type.BYTES], [Type.FIXED32, Type.SFIXED32], [Type.FIXED64, Type.SFIXED64],
]

/** Why a reader by the one cannot follow what was written by the other, one sentence each with its path. */
export function compareProto(reader: FileDescriptorProto, writer: FileDescriptorProto): readonly string[] {
  return [
    ...(reader.package === writer.package ? [] : [`PACKAGE_CHANGED at /: from "${writer.package}" to "${reader.package}"`]),
    ...messages(reader.messageType, writer.messageType, '#', { reader: prefix(reader), writer: prefix(writer) }),
  ]
}

/** Names are compared as they are within their packages. */
interface Packages { readonly reader: string; readonly writer: string }
const prefix = (file: FileDescriptorProto): string => (file.package === '' ? '.' : `.${file.package}.`)

function messages(is: readonly DescriptorProto[], was: readonly DescriptorProto[], path: string, packages: Packages): readonly string[] {
  return was.flatMap((message): readonly string[] => {
    const next = is.find(({ name }) => name === message.name)
    if (next === undefined) return message.options?.mapEntry === true ? [] : [`MESSAGE_REMOVED at ${path}/${message.name}: readers know it no longer`]
    return [...fields(next, message, `${path}/${message.name}`, packages), ...messages(next.nestedType, message.nestedType, `${path}/${message.name}`, packages)]
  })
}

function fields(is: DescriptorProto, was: DescriptorProto, path: string, packages: Packages): readonly string[] {
  const numbers = [...new Set([...was.field, ...is.field].map(({ number }) => number))]
  const joined = is.oneofDecl.flatMap((oneof, i): readonly string[] => {
    const moved = is.field.filter((field) => oneofOf(is, field) === i && was.field.some((old) => old.number === field.number && oneofOf(was, old) === undefined))
    return moved.length > 1 ? [`MULTIPLE_FIELDS_MOVED_TO_ONEOF at ${path}/${oneof.name}: ${moved.map(({ name }) => name).join(', ')}`] : []
  })
  return [...joined, ...numbers.flatMap((number): readonly string[] => {
    const [now, before] = [is.field.find((field) => field.number === number), was.field.find((field) => field.number === number)]
    const here = `${path}/${number}`
    if (now === undefined || before === undefined) {
      if (now?.label === Label.REQUIRED) return [`REQUIRED_FIELD_ADDED at ${here}: ${now.name} is not in what was written`]
      if (before?.label === Label.REQUIRED) return [`REQUIRED_FIELD_REMOVED at ${here}: ${before.name}`]
      return now === undefined && before !== undefined && oneofOf(was, before) !== undefined ? [`ONEOF_FIELD_REMOVED at ${here}: ${before.name}`] : []
    }
    return field(now, before, here, packages)
  })]
}

const oneofOf = (message: DescriptorProto, field: FieldDescriptorProto): number | undefined => (field.proto3Optional || !Object.hasOwn(field, 'oneofIndex') || message.oneofDecl.length === 0 ? undefined : field.oneofIndex)

function field(now: FieldDescriptorProto, before: FieldDescriptorProto, path: string, packages: Packages): readonly string[] {
  const [is, was] = [within(now.typeName, packages.reader), within(before.typeName, packages.writer)]
  const found: string[] = []
  if (now.type !== before.type && !GROUPS.some((group) => group.includes(now.type) && group.includes(before.type))) found.push(`${now.typeName === '' && before.typeName === '' ? 'FIELD_SCALAR_KIND_CHANGED' : 'FIELD_KIND_CHANGED'} at ${path}: from ${was === '' ? Type[before.type] : was} to ${is === '' ? Type[now.type] : is}`)
  else if (now.typeName !== '' && before.typeName !== '' && now.type === Type.MESSAGE && is !== was) found.push(`FIELD_NAMED_TYPE_CHANGED at ${path}: from ${was} to ${is}`)
  const [list, wasList] = [now.label === Label.REPEATED, before.label === Label.REPEATED]
  // The last of several texts or messages is what a single one is read as; packed numbers are not.
  if (list !== wasList && ![Type.STRING, Type.BYTES, Type.MESSAGE].includes(now.type)) found.push(`FIELD_NUMERIC_LABEL_CHANGED at ${path}: ${list ? 'became repeated' : 'is no longer repeated'}`)
  if (now.label === Label.REQUIRED && before.label !== Label.REQUIRED) found.push(`REQUIRED_FIELD_ADDED at ${path}: ${now.name} may be missing in what was written`)
  return found
}

const within = (name: string, packageOf: string): string => (name.startsWith(packageOf) ? name.slice(packageOf.length) : name)
