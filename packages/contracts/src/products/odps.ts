// Products in the Open Data Product Standard of Bitol, 1.0 and 0.9: ports by name and version, each with the id of its
// contract (https://bitol-io.github.io/open-data-product-standard). The contracts themselves are files beside it.

import type { Json, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { YamlDocument } from '@tulle/model'
import { isObj, nameOf, objsOf, textOf } from '../document.ts'
import type { Obj } from '../document.ts'
import { messages } from '../messages.ts'
import { componentsOf, descriptionOfProduct, factOf, nameOfProduct, namesOfOne, newProduct, portComponent, portOf, propertyOf, textsOf, titleOfProduct, withoutMembers } from './components.ts'
import type { ProductFiles, ProductFormat, ProductSurroundings } from './types.ts'

const FREE = 'tulleProduct'
const INPUT = 'odps-input-port'
const OUTPUT = 'odps-output-port'

export const odps: ProductFormat = { write, read, carry, uncarry, syntax: 'yaml' }

function write(files: ProductFiles, around: ProductSurroundings): Obj {
  const { product } = files
  const description = descriptionOfProduct(product)
  const owner = textOf(factOf(product, 'data_product_owner'))
  const tags = textsOf(factOf(product, 'tags'))
  const inputPorts = componentsOf(product).flatMap((component) => inputOf(component, around))
  const outputPorts = componentsOf(product).flatMap((component) => outputOf(component, files, around))
  return {
    apiVersion: 'v1.0.0', kind: 'DataProduct', id: nameOfProduct(product), name: titleOfProduct(product), status: 'active',
    ...(around.domain !== undefined && { domain: around.domain }),
    ...(description !== undefined && { description: { purpose: description } }),
    ...(tags.length > 0 && { tags: [...tags] }),
    ...(inputPorts.length > 0 && { inputPorts }),
    ...(outputPorts.length > 0 && { outputPorts }),
    managementPorts: MANAGEMENT.map(([name, content]) => ({ name, content, type: 'rest', description: `/products/${nameOfProduct(product)}/control/${name}` })),
    ...(around.team !== undefined || owner !== undefined ? { team: { ...(around.team !== undefined && { name: around.team }), ...(owner !== undefined && { members: [{ username: owner, role: 'owner' }] }) } } : {}),
  }
}

/** The control ports that every product has. */
const MANAGEMENT = [['metadata', 'discoverability'], ['metrics', 'observability'], ['policies', 'control']] as const

/** The standard asks for the contract of an input, so a source without one is not among them. */
function inputOf(component: Obj, { reads = [] }: ProductSurroundings): readonly Obj[] {
  const said = portOf(component, INPUT)
  if (said !== undefined) return [said]
  const read = reads.find(({ port }) => port === nameOf(component))
  return read === undefined ? [] : [{ name: nameOf(component), version: read.version, contractId: read.contractId }]
}

function outputOf(component: Obj, { contracts }: ProductFiles, { reads = [] }: ProductSurroundings): readonly Obj[] {
  const said = portOf(component, OUTPUT)
  if (said !== undefined) return [said]
  const contract = component['type'] === 'data-set' ? contracts.get(nameOf(component)) : undefined
  const description = textOf(propertyOf(component, 'description'))
  if (contract === undefined) return []
  return [{
    name: nameOf(component), ...(description !== undefined && { description }), type: 'tables', version: String(contract['version'] ?? ''), contractId: textOf(contract['id']) ?? '',
    ...(reads.length > 0 && { inputContracts: reads.map(({ contractId, version }) => ({ id: contractId, version })) }),
  }]
}

function read({ value, place }: YamlDocument): Result<ProductFiles> {
  if (!isObj(value) || value['kind'] !== 'DataProduct' || typeof value['id'] !== 'string' || isObj(value['spec'])) {
    return fail(messages['not-this-format']({ format: 'Bitol ODPS', why: 'its kind is not DataProduct, or it has no id' }, { place: place([]) }))
  }
  const nameFor = namesOfOne()
  const title = textOf(value['name']) ?? value['id']
  const tags = textsOf(value['tags'])
  const owner = objsOf(isObj(value['team']) ? value['team']['members'] : undefined).find(({ role }) => role === 'owner')?.['username']
  const ports = (key: string, type: string, trait: string): readonly Obj[] => objsOf(value[key]).map((port) =>
    portComponent(type, nameFor(nameOf(port), textOf(port['version'])), port['description'], trait, withoutMembers(port, ['description'])))
  const product = newProduct({
    name: title, description: isObj(value['description']) ? textOf(value['description']['purpose']) : undefined,
    facts: { ...(typeof owner === 'string' && owner !== '' && owner.length <= 200 && { data_product_owner: owner }), ...(tags.length > 0 && { tags: [...tags] }) },
    components: [...ports('inputPorts', 'input-port', INPUT), ...ports('outputPorts', 'output-port', OUTPUT)],
  })
  return ok({ product, contracts: new Map() })
}

function carry(document: Obj, patch: Obj): Obj {
  return { ...document, customProperties: [...objsOf(document['customProperties']), { property: FREE, value: patch }] }
}

function uncarry(document: Obj): { readonly document: Obj; readonly patch: Obj | undefined } {
  const all: readonly Json[] = Array.isArray(document['customProperties']) ? document['customProperties'] as readonly Json[] : []
  const own = all.find((one): one is Obj => isObj(one) && one['property'] === FREE && isObj(one['value']))
  if (own === undefined) return { document, patch: undefined }
  const others = all.filter((one) => one !== own)
  return { document: { ...withoutMembers(document, ['customProperties']), ...(others.length > 0 && { customProperties: others }) }, patch: own['value'] as Obj }
}
