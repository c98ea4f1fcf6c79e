// What an input port reads for is among the purposes of the mesh.

import type { Diagnostic } from '@tulle/kernel'
import { messages } from '../messages.ts'
import type { DataProduct, Purpose } from '../types.ts'

export function checkInputPurposes(products: Iterable<DataProduct>, purposes: readonly Purpose[]): readonly Diagnostic[] {
  const known = purposes.map(({ name }) => name)
  return [...products].flatMap(({ inputPorts }) => inputPorts.flatMap((port) => (
    port.kind !== 'product' || port.purpose === undefined || known.includes(port.purpose) ? [] : [messages['unknown-purpose']({ name: port.purpose, known }, { place: port.place })]
  )))
}
