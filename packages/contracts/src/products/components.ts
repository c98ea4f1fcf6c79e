// The components of a product's document, and how a port of another standard becomes one: what the standard says of the
// port beyond its name and description is a trait of the component, which the platform carries along.

import { nameFromTitle } from '@tulle/model'
import type { Json } from '@tulle/kernel'
import { isObj, memberOf, nameOf, objsOf, textOf } from '../document.ts'
import type { Obj } from '../document.ts'

export const componentsOf = (product: Obj): readonly Obj[] => (isObj(product['spec']) ? objsOf(product['spec']['components']) : [])
export const metadataOf = (product: Obj): Obj => (isObj(product['metadata']) ? product['metadata'] : {})

/** A property of a component, plain or wrapped as `{value: …}`. */
export function propertyOf(component: Obj, key: string): Json | undefined {
  const value = isObj(component['properties']) ? memberOf(component['properties'], key) : undefined
  return isObj(value) && Object.hasOwn(value, 'value') ? value['value'] : value
}

/** The properties of the product's own component. */
export const factOf = (product: Obj, key: string): Json | undefined => {
  const facts = componentsOf(product).find(({ type }) => type === 'data-product')
  return facts === undefined ? undefined : propertyOf(facts, key)
}

export const traitOf = (component: Obj, type: string): Obj | undefined => {
  const trait = objsOf(component['traits']).find((one) => one['type'] === type)
  return isObj(trait?.['properties']) ? trait['properties'] : undefined
}

const LONGEST_TITLE = 200
const LONGEST_PROSE = 20_000

/** A component for a port of another standard. `rest` is all that the port says but its description. */
export function portComponent(type: string, name: string, description: Json | undefined, trait: string, rest: Obj): Obj {
  return {
    name, type,
    ...(typeof description === 'string' && description !== '' && { properties: { description: description.slice(0, LONGEST_PROSE) } }),
    traits: [{ type: trait, properties: rest }],
  }
}

/** The port again, by its trait; undefined where the component has none of that standard. */
export function portOf(component: Obj, trait: string): Obj | undefined {
  const rest = traitOf(component, trait)
  if (rest === undefined) return undefined
  const description = textOf(propertyOf(component, 'description'))
  return { ...rest, ...(description !== undefined && { description }) }
}

/** Gives names that no other of the product has, as identifiers too: of two ports of one name the second is called by its version. */
export function namesOfOne(): (wanted: string, version: string | undefined) => string {
  const taken = new Set<string>()
  return (wanted, version) => {
    const base = wanted.trim().slice(0, LONGEST_TITLE - 40) || 'port'
    const tries = [base, ...(version === undefined ? [] : [`${base} ${version.slice(0, 20)}`])]
    for (let n = 2; ; n += 1) {
      const name = tries.shift() ?? `${base} ${n}`
      const identifier = nameFromTitle(name)
      if (taken.has(identifier)) continue
      taken.add(identifier)
      return name
    }
  }
}

export interface ReadProduct { readonly name: string; readonly title?: string | undefined; readonly description?: string | undefined; readonly facts: Obj; readonly components: readonly Obj[] }

/** The document of a product that was read of another standard. */
export function newProduct({ name, title, description, facts, components }: ReadProduct): Obj {
  const identifier = nameFromTitle(name)
  const shown = (title ?? name).trim().slice(0, LONGEST_TITLE)
  return {
    apiVersion: 'core.oam.dev/v1beta1', kind: 'DataProduct',
    metadata: {
      name: identifier,
      ...(shown !== '' && shown !== identifier && { title: shown }),
      ...(description !== undefined && description !== '' && { description: description.slice(0, LONGEST_PROSE) }),
    },
    spec: { components: [{ name: identifier, type: 'data-product', ...(Object.keys(facts).length > 0 && { properties: facts }) }, ...components] },
  }
}

export const nameOfProduct = (product: Obj): string => nameOf(metadataOf(product))
export const titleOfProduct = (product: Obj): string => textOf(metadataOf(product)['title']) ?? nameOfProduct(product)
export const descriptionOfProduct = (product: Obj): string | undefined => textOf(metadataOf(product)['description']) ?? textOf(factOf(product, 'definition'))

/** Tags as texts; what is no text is left out. */
export const textsOf = (value: Json | undefined): readonly string[] => (Array.isArray(value) ? (value as readonly Json[]).filter((one): one is string => typeof one === 'string') : [])

export const withoutMembers = (object: Obj, keys: readonly string[]): Obj => Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)))
