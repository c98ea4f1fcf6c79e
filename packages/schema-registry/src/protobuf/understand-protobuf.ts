// A file of Protocol Buffers that can be compared. It comes as text, or as its descriptor in base64, as some clients send it.

import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt'
import type { FileDescriptorProto } from '@bufbuild/protobuf/wkt'
import { reading, SchemaFault } from '../schema-fault.ts'
import type { Understand, Understood } from '../types.ts'
import { compareProto } from './compare-proto.ts'
import { printProto } from './print-proto.ts'
import { protoTokens, readProto } from './read-proto.ts'
import { resolveTypes } from './resolve-types.ts'

/** The descriptor of what was understood as Protocol Buffers. */
export const protobufFile = (understood: Understood): FileDescriptorProto => (understood as UnderstoodProtobuf).file

export interface UnderstoodProtobuf extends Understood { readonly file: FileDescriptorProto; /** As text, whatever it came as. */ readonly text: string }

export const understandProtobuf = ((text, references) => reading('PROTOBUF', (): UnderstoodProtobuf => {
  const others = new Map<string, FileDescriptorProto>()
  for (const reference of references) others.set(reference.name, resolveTypes(readFile(reference.text, reference.name), others))
  const file = resolveTypes(readFile(text, 'schema.proto'), others)
  if (file.messageType.length === 0 && file.enumType.length === 0) throw new SchemaFault('it has no message')
  const readable = fromBase64(text) === undefined ? text : printProto(file)
  return {
    type: 'PROTOBUF', file, text: readable, canonical: protoTokens(readable).join(' '), normalized: printProto(file),
    follows: (writer) => compareProto(file, (writer as UnderstoodProtobuf).file),
  }
})) satisfies Understand

/** The descriptor in base64, as clients ask for it with `format=serialized`. */
export const serializedProtobuf = ({ file }: UnderstoodProtobuf): string => Buffer.from(toBinary(FileDescriptorProtoSchema, file)).toString('base64')

const readFile = (text: string, name: string): FileDescriptorProto => fromBase64(text) ?? readProto(text, name)

function fromBase64(text: string): FileDescriptorProto | undefined {
  if (text.length < 4 || !/^[A-Za-z0-9+/]+={0,2}$/u.test(text)) return undefined
  try {
    return fromBinary(FileDescriptorProtoSchema, Buffer.from(text, 'base64'))
  } catch {
    return undefined
  }
}
