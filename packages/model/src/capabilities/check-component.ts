// Holds one component to its capability: presets beneath, the product's own properties on top, both schemas.

import type { Diagnostic, Json, Place } from '@tulle/kernel'
import { messages } from '../messages.ts'
import { checkShape } from '../shape/check-shape.ts'
import type { Path, PathPart } from '../yaml/locate.ts'
import type { YamlDocument } from '../yaml/parse-yaml.ts'
import { plainValues, writtenPath } from './plain-values.ts'
import type { ResolvedCapability } from './registry.ts'
import { literalSecrets, namingSecrets } from './secret-reference.ts'

type Properties = Readonly<Record<string, Json>>

/** A component's properties, plain and with presets beneath. */
export function propertiesOf(capability: ResolvedCapability, written: Properties): Properties {
  const plain = plainValues(written)
  return capability.type === capability.base.type ? plain : { ...capability.preset, ...plain }
}

/** What a capability says against a component's properties. */
export function checkComponent(options: {
  capability: ResolvedCapability
  properties: Properties
  /** The same as they stand in the document, at `at`. */
  written: Properties
  document: YamlDocument
  at: Path
}): readonly Diagnostic[] {
  const { capability, properties, written, document, at } = options
  const place = (path: Path, part?: PathPart): Place => document.place([...at, ...writtenPath(written, path)], part)
  // Whatever else is wrong would repeat them.
  const secrets = literalSecrets(namingSecrets(capability.base.type, properties), place)
  if (secrets.length > 0) return secrets
  const added = new Set(capability.schemas.flatMap((schema) => [...schema.adds]))
  const base = added.size === 0 ? properties : Object.fromEntries(Object.entries(properties).filter(([name]) => !added.has(name) || Object.hasOwn(capability.base.properties.shape, name)))
  return [
    ...checkShape({ value: base, schema: capability.base.properties, place }),
    ...capability.schemas.flatMap(({ check }) =>
      check(properties).map(({ path, reason }) => {
        const what = path.length === 0 ? 'the component' : `"${String(path.at(-1))}"`
        return messages['schema-refuses']({ capability: capability.type, reason: `${what} ${reason}` }, { place: place(path) })
      }),
    ),
  ]
}

/** The part of the base's properties in a component's: what the capability's own code may read. */
export const basePropertiesOf = (capability: ResolvedCapability, properties: Properties): Properties =>
  capability.schemas.length === 0 ? properties : Object.fromEntries(Object.entries(properties).filter(([name]) => Object.hasOwn(capability.base.properties.shape, name)))
