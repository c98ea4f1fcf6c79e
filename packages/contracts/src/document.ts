// The nouns of a contract's document: ODCS as plain values, and how its members are read without trusting their shape.

import type { Json } from '@tulle/kernel'

export type Obj = Readonly<Record<string, Json>>

export const isObj = (value: Json | undefined): value is Obj => value !== null && typeof value === 'object' && !Array.isArray(value)
export const objsOf = (value: Json | undefined): readonly Obj[] => (Array.isArray(value) ? (value as readonly Json[]).filter(isObj) : [])
export const textOf = (value: Json | undefined): string | undefined => (typeof value === 'string' ? value : undefined)

/** A member that the document itself has; what every object inherits is none. */
export const memberOf = (object: Obj, key: string): Json | undefined => (Object.hasOwn(object, key) ? object[key] : undefined)

/** The name of a thing of the schema: of 3.x, or of 2.x. */
export const nameOf = (object: Obj): string => textOf(object['name']) ?? textOf(object['column']) ?? textOf(object['table']) ?? ''

/** The objects of the schema (3.x) or the tables of the data set (2.x). */
export const schemaOf = (document: Json): readonly Obj[] => (isObj(document) ? objsOf(document['schema'] ?? document['dataset']) : [])

/** The properties of an object or of a nested property. */
export const propertiesOf = (object: Obj): readonly Obj[] => objsOf(object['properties'] ?? object['columns'])
