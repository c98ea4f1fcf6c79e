// Products in the Data Product Descriptor Specification 1.0 of the Open Data Mesh Initiative: a document of ports with
// promises, expectations and obligations (https://dpds.opendatamesh.org). A contract is the definition of a port's API.

import type { Json, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { YamlDocument } from '@tulle/model'
import { isObj, memberOf, nameOf, objsOf, schemaOf, textOf } from '../document.ts'
import type { Obj } from '../document.ts'
import { messages } from '../messages.ts'
import { componentsOf, descriptionOfProduct, factOf, nameOfProduct, namesOfOne, newProduct, portComponent, portOf, propertyOf, textsOf, titleOfProduct, withoutMembers } from './components.ts'
import type { ProductFiles, ProductFormat, ProductSurroundings } from './types.ts'

const FREE = 'x-tulle'
/** The groups of ports, what each becomes here, and the trait that keeps what it says. */
const GROUPS = [
  ['inputPorts', 'input-port'], ['outputPorts', 'output-port'], ['discoveryPorts', 'control-port'], ['observabilityPorts', 'control-port'], ['controlPorts', 'control-port'],
] as const
const traitFor = (group: string): string => `dpds-${group.replace(/Ports$/u, '-port').toLowerCase()}`

export const dpds: ProductFormat = {
  write, read, syntax: 'json',
  carry: (document, patch) => ({ ...document, info: { ...infoOf(document), [FREE]: patch } }),
  uncarry(document) {
    const { [FREE]: patch, ...info } = infoOf(document)
    return isObj(patch) ? { document: { ...document, info }, patch } : { document, patch: undefined }
  },
}

const infoOf = (document: Obj): Obj => (isObj(document['info']) ? document['info'] : {})

function write(files: ProductFiles, around: ProductSurroundings): Obj {
  const { product, contracts } = files
  const description = descriptionOfProduct(product)
  const tags = textsOf(factOf(product, 'tags'))
  const versions = [...contracts.values()].map(({ version }) => String(version ?? '')).toSorted()
  const version = versions.at(-1) ?? '1.0.0'
  const groups = GROUPS.map(([group]) => [group, componentsOf(product).flatMap((component) => portsOf(component, group, files, around))] as const)
  return {
    dataProductDescriptor: '1.0.0',
    info: {
      fullyQualifiedName: `urn:dpds:tulle:dataproducts:${nameOfProduct(product)}:${/^\d+/u.exec(version)?.[0] ?? '1'}`,
      name: nameOfProduct(product), version, displayName: titleOfProduct(product), ...(description !== undefined && { description }),
      domain: around.domain ?? '', owner: { id: textOf(factOf(product, 'data_product_owner')) ?? around.team ?? '' },
    },
    interfaceComponents: Object.fromEntries(groups.filter(([group, ports]) => ports.length > 0 || group === 'outputPorts')),
    ...(tags.length > 0 && { tags: [...tags] }),
  }
}

function portsOf(component: Obj, group: string, { contracts }: ProductFiles, { reads = [] }: ProductSurroundings): readonly Obj[] {
  const said = portOf(component, traitFor(group))
  if (said !== undefined) return [said]
  const description = textOf(propertyOf(component, 'description'))
  const head = { name: nameOf(component), ...(description !== undefined && { description }) }
  if (group === 'inputPorts') {
    const read = reads.find(({ port }) => port === nameOf(component))
    return read === undefined ? [] : [{ ...head, version: read.version, promises: { api: { name: read.contractId, version: read.version, specification: 'odcs', definition: read.contractId } } }]
  }
  const contract = group === 'outputPorts' && component['type'] === 'data-set' ? contracts.get(nameOf(component)) : undefined
  if (contract === undefined) return []
  const version = String(contract['version'] ?? '')
  const api = { name: textOf(contract['id']) ?? nameOf(component), version, specification: 'odcs', specificationVersion: String(contract['apiVersion'] ?? ''), definition: contract }
  return [{ ...head, version, promises: { platform: 'tulle', servicesType: 'tables', api } }]
}

function read({ value, place }: YamlDocument): Result<ProductFiles> {
  if (!isObj(value) || typeof value['dataProductDescriptor'] !== 'string' || !isObj(value['info'])) {
    return fail(messages['not-this-format']({ format: 'Data Product Descriptor', why: 'it has no dataProductDescriptor, or no info' }, { place: place([]) }))
  }
  const { info } = value
  const nameFor = namesOfOne()
  const name = textOf(info['name']) ?? nameIn(textOf(info['fullyQualifiedName'])) ?? 'imported'
  const faces = isObj(value['interfaceComponents']) ? value['interfaceComponents'] : {}
  const contracts = new Map<string, Obj>()
  const components = GROUPS.flatMap(([group, type]) => objsOf(faces[group]).map((given): Obj => {
    const port = inDocument(given, group, value)
    const contract = group === 'outputPorts' ? contractIn(port) : undefined
    const called = nameFor(nameOf(port) || fileOf(textOf(port['$ref'])), textOf(port['version']))
    if (contract === undefined) return portComponent(type, called, port['description'], traitFor(group), withoutMembers(port, ['description']))
    contracts.set(called, contract)
    const description = textOf(port['description'])
    return { name: called, type: 'data-set', ...(description !== undefined && { properties: { description } }) }
  }))
  const owner = isObj(info['owner']) ? textOf(info['owner']['id']) : undefined
  const tags = textsOf(value['tags'])
  const facts = { ...(owner !== undefined && owner !== '' && owner.length <= 200 && { data_product_owner: owner }), ...(tags.length > 0 && { tags: [...tags] }) }
  return ok({ product: newProduct({ name, title: textOf(info['displayName']), description: textOf(info['description']), facts, components }), contracts })
}

/** `urn:dpds:acme:dataproducts:tripExecution:1` is named tripExecution. */
const nameIn = (urn: string | undefined): string | undefined => /:dataproducts:(?<name>[^:]+)/u.exec(urn ?? '')?.groups?.['name']

/** `ports/trip-status-oport.json` is called trip-status-oport. No file is opened. */
const fileOf = (reference: string | undefined): string => (reference ?? '').split(/[/#]/u).at(-1)?.replace(/\.\w+$/u, '') ?? ''

/** The component that a reference within the document means; any other reference stays one. */
function inDocument(port: Obj, group: string, document: Obj): Obj {
  const key = /^#\/components\/(?<group>\w+)\/(?<key>[^/]+)$/u.exec(textOf(port['$ref']) ?? '')?.groups
  const shared = isObj(document['components']) ? memberOf(document['components'], group) : undefined
  const meant: Json | undefined = key?.['group'] === group && isObj(shared) ? memberOf(shared, key['key'] ?? '') : undefined
  return isObj(meant) ? { ...meant, ...withoutMembers(port, ['$ref']) } : port
}

/** The contract that is the definition of a port's API, where it is one in ODCS. */
function contractIn(port: Obj): Obj | undefined {
  const api = isObj(port['promises']) ? port['promises']['api'] : undefined
  const definition = isObj(api) && textOf(api['specification'])?.toLowerCase() === 'odcs' ? api['definition'] : undefined
  return isObj(definition) && schemaOf(definition).length > 0 ? definition : undefined
}
