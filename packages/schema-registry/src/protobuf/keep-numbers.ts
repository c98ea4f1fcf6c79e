// A field keeps the number that it had in any earlier schema, by its name, and a number that was given is never given to another:
// readers know fields by numbers alone.

import { DescriptorProtoSchema } from '@bufbuild/protobuf/wkt'
import type { DescriptorProto } from '@bufbuild/protobuf/wkt'
import { create } from '@bufbuild/protobuf'
import { printProto } from './print-proto.ts'
import { readProto } from './read-proto.ts'

/** The text with its fields numbered as in `history`, oldest first. All are texts that were derived, so without imports of others. */
export function keepFieldNumbers(text: string, history: readonly string[]): string {
  const file = readProto(text, 'schema.proto')
  const older = history.map((one) => readProto(one, 'schema.proto'))
  renumber(file.messageType, older.map(({ messageType }) => messageType))
  return printProto(file)
}

function renumber(messages: readonly DescriptorProto[], history: readonly (readonly DescriptorProto[])[]): void {
  for (const message of messages) {
    const older = history.map((all) => all.find(({ name }) => name === message.name) ?? create(DescriptorProtoSchema))
    const given = new Map(older.flatMap(({ field }) => field.map(({ name, number }): [string, number] => [name, number])))
    let last = Math.max(0, ...older.flatMap(({ field }) => field.map(({ number }) => number)))
    for (const field of message.field) {
      if (message.options?.mapEntry === true) break
      const known = given.get(field.name)
      // proto3 keeps these numbers for itself.
      if (known === undefined) last = last + 1 === 19_000 ? 20_000 : last + 1
      field.number = known ?? last
    }
    renumber(message.nestedType, older.map(({ nestedType }) => nestedType))
  }
}

