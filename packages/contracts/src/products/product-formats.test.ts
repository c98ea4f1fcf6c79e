import { Ajv2019 } from 'ajv/dist/2019.js'
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json } from '@tulle/kernel'
import { parseYaml } from '@tulle/model'
import { corpusFiles, readCorpus } from '@tulle/model/testing'
import { applyPatch, patchFrom } from '../formats/patch.ts'
import { componentsOf } from './components.ts'
import { asApplication, exportProduct, importProduct, productFormats, productText } from './product-formats.ts'
import type { ProductFiles, ProductSurroundings } from './types.ts'

const documentOf = (text: string): Json => {
  const parsed = parseYaml(text, 'given')
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.diagnostics))
  return parsed.value.value
}
const exported = (files: ProductFiles, format: string, around: ProductSurroundings = AROUND): string => {
  const result = exportProduct(files, around, format)
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics))
  return result.value
}
const imported = (text: string, format: string): ProductFiles => {
  const result = importProduct(text, `product.${format}`, format)
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics))
  return result.value
}
const codeOf = (text: string, format: string): string => importProduct(text, 'given', format).diagnostics.map(({ code, place }) => `${place?.line}:${place?.column} ${code}`).join()

const AROUND: ProductSurroundings = { domain: 'Operations', team: 'Flight operations', reads: [{ port: 'flights', contractId: 'flights.flights', version: '1.2.0' }] }
const punctuality: ProductFiles = {
  product: {
    apiVersion: 'core.oam.dev/v1beta1', kind: 'DataProduct', metadata: { name: 'punctuality', title: 'Punctuality', labels: { a: 'b' }, annotations: { note: 'kept' } },
    spec: { components: [
      { name: 'punctuality', type: 'data-product', properties: { definition: 'How late flights leave', data_product_owner: 'dora', certified: true, tags: ['delay'] } },
      { name: 'flights', type: 'product-input-port', properties: { product: 'flights' } },
      { name: 'erp', type: 'input-port', properties: { description: { value: 'Nightly extract' } } },
      { name: 'punctuality', type: 'data-set', properties: { description: 'One row per airport and day' } },
      { name: 'sql', type: 'sql-output-port' },
    ] },
  },
  contracts: new Map([['punctuality', { apiVersion: 'v3.1.0', kind: 'DataContract', id: 'punctuality.punctuality', version: '2.0.1', status: 'active', schema: [{ name: 'punctuality', properties: [{ name: 'airport', logicalType: 'string' }] }] }]]),
}

const CORPUS: Readonly<Record<string, readonly string[]>> = { odps: corpusFiles('odps-bitol/docs/examples/*.yaml'), dpds: corpusFiles('dpds/examples/**/*descriptor.json').concat(corpusFiles('dpds/examples/*.dpd.json')) }
/** The schemas name formats of their own, which no library knows. */
const LOOSE = { strict: false, validateFormats: false } as const
const SCHEMAS: Readonly<Record<string, readonly [string, (schema: object) => (value: unknown) => boolean]>> = {
  odps: ['odps-bitol/schema/odps-json-schema-latest.json', (schema) => new Ajv2019(LOOSE).compile(schema)],
  dpds: ['dpds/schemas/latest/schema.json', (schema) => new Ajv2020(LOOSE).compile(schema)],
}
const missing = Object.values(CORPUS).some((files) => files.length === 0)
if (missing) console.warn('SKIPPED: the examples and schemas of ODPS and DPDS, as the corpora are absent.')

describe.each(productFormats)('a product in %s', (format) => {
  it('comes back as it was', () => {
    expect(imported(exported(punctuality, format), format).product).toEqual(punctuality.product)
  })

  it('is lost in part where nothing carries what the standard has no word for', () => {
    const text = exported(punctuality, format)
    const bare = text.replace(/tulleProduct|x-tulle/u, 'x-gone')
    expect(imported(bare, format).product).not.toEqual(punctuality.product)
  })

  it('names the contracts of what it offers and of what it reads', () => {
    const text = exported(punctuality, format)
    for (const fact of ['punctuality.punctuality', '2.0.1', 'flights.flights', '1.2.0', 'dora', 'Operations', 'How late flights leave']) expect(text).toContain(fact)
  })

  it.skipIf(missing)('is valid by the official schema, and the schema refuses a document that lacks what it asks for', () => {
    const [path, compile] = SCHEMAS[format] ?? ['', () => () => false]
    const valid = compile(JSON.parse(readCorpus(path)) as object)
    const document = documentOf(exported(punctuality, format)) as Readonly<Record<string, Json>>
    expect(valid(document)).toBe(true)
    expect(valid({ ...document, interfaceComponents: 1, id: undefined })).toBe(false)
  })

  it.skipIf(missing).each(CORPUS[format] ?? [])('%s is taken in, and leaves as it came', (path) => {
    const files = imported(readCorpus(path), format)
    expect(documentOf(exported(files, format, {}))).toEqual(documentOf(readCorpus(path)))
    // By way of the files of the folder, too.
    const again = { ...files, product: documentOf(productText(files.product)) as ProductFiles['product'] }
    expect(documentOf(exported(again, format, {}))).toEqual(documentOf(readCorpus(path)))
  })

  it('keeps an edit that was made here since', () => {
    const files = imported(SAMPLE[format] ?? '', format)
    const edited = JSON.parse(JSON.stringify(files.product).replace('Raw rows', 'Cooked rows')) as ProductFiles['product']
    const before = documentOf(SAMPLE[format] ?? '')
    expect(documentOf(exported({ ...files, product: edited }, format, {}))).toEqual(JSON.parse(JSON.stringify(before).replace('Raw rows', 'Cooked rows')))
  })

  it.each(['[]', 'a: 1', '', 'kind: DataProduct', '{"dataProductDescriptor":"1.0.0","info":[]}'])('refuses %j with its place', (text) => {
    expect(codeOf(text, format)).toMatch(/^\d+:\d+ [a-z-]+$/u)
  })

  it('throws at nothing', () => {
    fc.assert(fc.property(fc.jsonValue(), fc.constantFrom('inputPorts', 'outputPorts', 'team', 'info', 'interfaceComponents', 'components', 'tags', 'description', 'customProperties'), (value, key) => {
      const base = documentOf(SAMPLE[format] ?? '') as Readonly<Record<string, Json>>
      const faces = base['interfaceComponents'] as Readonly<Record<string, Json>> | undefined
      for (const text of [JSON.stringify({ ...base, [key]: value }), JSON.stringify({ ...base, interfaceComponents: { ...faces, [key]: value } })]) {
        const result = importProduct(text, 'x', format)
        if (result.ok) expect(exportProduct(result.value, {}, format).ok).toBe(true)
      }
    }))
  })
})

const SAMPLE: Readonly<Record<string, string>> = {
  odps: 'apiVersion: v1.0.0\nkind: DataProduct\nid: 1-2\nname: Raw\nstatus: draft\noutputPorts:\n  - {name: rows, version: 1.0.0, description: Raw rows, contractId: c1}\n  - {name: rows, version: 2.0.0, description: Raw rows, contractId: c2, sbom: [{url: "https://x.y/z"}]}\n',
  dpds: '{"dataProductDescriptor":"1.0.0","info":{"name":"raw","fullyQualifiedName":"urn:dpds:a:dataproducts:raw:1","version":"1.0.0","domain":"d","owner":{"id":"o"}},"interfaceComponents":{"outputPorts":[{"name":"rows","version":"1.0.0","description":"Raw rows","obligations":{"x-a":1}},{"$ref":"ports/more.json","description":"Raw rows"}]}}',
}

describe('the ports of others', () => {
  it('keep their names, and two of one name are told apart by their versions', () => {
    const names = (format: string): readonly Json[] => componentsOf(imported(SAMPLE[format] ?? '', format).product).map(({ name, type }) => `${String(type)} ${String(name)}`)
    expect(names('odps')).toEqual(['data-product raw', 'output-port rows', 'output-port rows 2.0.0'])
    expect(names('dpds')).toEqual(['data-product raw', 'output-port rows', 'output-port more'])
  })

  it('that are shared in the document of a descriptor are those of the product; a file is never opened', () => {
    const shared = { dataProductDescriptor: '1.0.0', info: { name: 'raw' }, interfaceComponents: { outputPorts: [{ $ref: '#/components/outputPorts/p' }, { $ref: '/etc/passwd' }] }, components: { outputPorts: { p: { name: 'shared', version: '3.0.0' } } } }
    const files = imported(JSON.stringify(shared), 'dpds')
    expect(componentsOf(files.product).map(({ name }) => name)).toEqual(['raw', 'shared', 'passwd'])
    expect(documentOf(exported(files, 'dpds', {}))).toEqual(shared)
  })

  it('with a contract for their API become data sets with that contract', () => {
    const text = exported(punctuality, 'dpds', {}).replace('"x-tulle"', '"x-gone"')
    const files = imported(text, 'dpds')
    expect(componentsOf(files.product).find(({ type }) => type === 'data-set')).toMatchObject({ name: 'punctuality', properties: { description: 'One row per airport and day' } })
    expect(files.contracts).toEqual(punctuality.contracts)
  })
})

it('a product is an application of OAM by another kind', () => {
  expect(documentOf(asApplication(punctuality.product))).toEqual({ ...punctuality.product, kind: 'Application' })
})

it('a patch of a product makes it of what was read', () => {
  const read = imported(exported(punctuality, 'odps').replace('tulleProduct', 'other'), 'odps').product
  expect(applyPatch(read, patchFrom(read, punctuality.product))).toEqual(punctuality.product)
})
