// Finds what the types of a file mean: its own, those of imports, Google's own.

import { FieldDescriptorProto_Type as Type, file_google_protobuf_any, file_google_protobuf_duration, file_google_protobuf_empty, file_google_protobuf_field_mask, file_google_protobuf_struct, file_google_protobuf_timestamp, file_google_protobuf_wrappers } from '@bufbuild/protobuf/wkt'
import type { DescriptorProto, FileDescriptorProto } from '@bufbuild/protobuf/wkt'
import { SchemaFault } from '../schema-fault.ts'

const GOOGLES: readonly FileDescriptorProto[] = [file_google_protobuf_any, file_google_protobuf_duration, file_google_protobuf_empty, file_google_protobuf_field_mask, file_google_protobuf_struct, file_google_protobuf_timestamp, file_google_protobuf_wrappers].map((file) => file.proto)
/** Files that every registry knows by name; what is in them is taken as it is written. */
const TAKEN = /^(?:google\/type|google\/protobuf|confluent)\/[\w/]+\.proto$/u
const TAKEN_TYPE = /^(?:google\.type|google\.protobuf|confluent)\./u

/** Writes full names, and what they are, into the descriptor. `others` by the names of their imports. */
export function resolveTypes(file: FileDescriptorProto, others: ReadonlyMap<string, FileDescriptorProto>): FileDescriptorProto {
  const known = new Map<string, Type>()
  const seen = new Set<string>()
  const include = (name: string): void => {
    if (seen.has(name)) return
    seen.add(name)
    const other = others.get(name) ?? GOOGLES.find((one) => one.name === name || `${one.name}.proto` === name)
    if (other === undefined && !TAKEN.test(name)) throw new SchemaFault(`the import "${name.slice(0, 200)}" is not among the references`)
    if (other !== undefined) collect(other, known)
    for (const further of other?.dependency ?? []) include(further)
  }
  for (const name of file.dependency) include(name)
  collect(file, known)
  const resolve = (message: DescriptorProto, scope: string): void => {
    const inside = `${scope}.${message.name}`
    for (const field of message.field) {
      if (field.typeName === '') continue
      const name = nameFor(field.typeName, inside, known)
      if (name === undefined) throw new SchemaFault(`the type ${field.typeName.slice(0, 200)} of ${message.name}.${field.name} is not known`)
      field.typeName = name
      field.type = known.get(name) ?? Type.MESSAGE
    }
    for (const nested of message.nestedType) resolve(nested, inside)
  }
  for (const message of file.messageType) resolve(message, file.package === '' ? '' : `.${file.package}`)
  return file
}

function collect(file: FileDescriptorProto, known: Map<string, Type>): void {
  const add = (name: string, type: Type): void => void known.set(name, type)
  const walk = (message: DescriptorProto, scope: string): void => {
    const name = `${scope}.${message.name}`
    add(name, Type.MESSAGE)
    for (const nested of message.nestedType) walk(nested, name)
    for (const one of message.enumType) add(`${name}.${one.name}`, Type.ENUM)
  }
  const scope = file.package === '' ? '' : `.${file.package}`
  for (const message of file.messageType) walk(message, scope)
  for (const one of file.enumType) add(`${scope}.${one.name}`, Type.ENUM)
}

/** A name is looked for in its message, then further out. */
function nameFor(written: string, scope: string, known: ReadonlyMap<string, Type>): string | undefined {
  if (written.startsWith('.')) return known.has(written) || TAKEN_TYPE.test(written.slice(1)) ? written : undefined
  for (let at = scope; ; at = at.slice(0, at.lastIndexOf('.'))) {
    const name = `${at}.${written}`
    if (known.has(name)) return name
    if (at === '') break
  }
  return TAKEN_TYPE.test(written) ? `.${written}` : undefined
}
