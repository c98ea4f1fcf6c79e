// Makes meshes of any size for benchmarks and load tests. Equal arguments, equal texts.

import type { MeshFiles } from '../types.ts'

const PRODUCTS_PER_DOMAIN = 50
const DOMAINS_PER_TEAM = 5

/**
 * A mesh of `products` products in domains of fifty, each with a contract and one data set: every second one is filled
 * from a file, the others by a model over the product before it in the domain.
 */
export function generateMesh(products: number): MeshFiles {
  const files = new Map<string, string>()
  const domains = Math.max(1, Math.ceil(products / PRODUCTS_PER_DOMAIN))
  const teams = Math.max(1, Math.ceil(domains / DOMAINS_PER_TEAM))
  files.set('mesh.yaml', MESH)
  for (let i = 0; i < teams; i += 1) files.set(`teams/team_${i}.yaml`, teamText(i))
  for (let i = 0; i < domains; i += 1) files.set(`domains/domain_${i}/domain.yaml`, domainText(i, Math.floor(i / DOMAINS_PER_TEAM)))
  for (let i = 0; i < products; i += 1) {
    const folder = `domains/domain_${Math.floor(i / PRODUCTS_PER_DOMAIN)}/product_${i}`
    const reads = i % 2 === 1 ? i - 1 : undefined
    files.set(`${folder}/product.yaml`, productText(i, reads))
    files.set(`${folder}/contracts/rows_${i}.odcs.yaml`, contractText(i))
    if (reads !== undefined) files.set(`${folder}/models/rows_${i}.sql`, `select * from {{ ref('product_${reads}', 'rows_${reads}') }}\n`)
  }
  return files
}

const MESH = `apiVersion: tulle.dev/v1
kind: Mesh
metadata: { name: generated, title: Generated mesh }
spec:
  purposes:
    - { name: measuring, title: Measuring speed }
  classifications: [public, internal]
  businessKeys:
    - { name: row_id, type: long }
`

const teamText = (team: number): string => `apiVersion: tulle.dev/v1
kind: TechnicalTeam
metadata: { name: team_${team}, title: Team ${team} }
spec: { email: team-${team}@example.com }
`

const domainText = (domain: number, team: number): string => `apiVersion: tulle.dev/v1
kind: DataDomain
metadata: { name: domain_${domain}, title: Domain ${domain} }
spec: { owner: team_${team} }
`

const productText = (product: number, reads: number | undefined): string => `apiVersion: core.oam.dev/v1beta1
kind: DataProduct
metadata:
  name: product_${product}
  title: Product ${product}
spec:
  components:
    - name: product_${product}
      type: data-product
      properties:
        definition: Rows of product ${product}, generated to measure how a mesh of this size loads
        data_product_owner: owner_${product % 97}
        data_product_type: ${reads === undefined ? 'source-aligned' : 'aggregate'}
        tags: [generated, part_${product % 13}]
${reads === undefined ? fileInput(product) : productInput(reads)}
    - name: rows_${product}
      type: data-set
      properties:
        description: One row per thing
${reads === undefined ? '        from: source\n' : ''}    - name: sql
      type: sql-output-port
      properties: { data_sets: [rows_${product}] }
    - name: rest
      type: rest-output-port
    - name: refresh
      type: workflow
      properties: { schedule: '${product % 60} 5 * * *' }
`

const fileInput = (product: number): string => `    - name: source
      type: file-input-port
      properties:
        path: data/product_${product}.csv
        format: csv
        header: true`

const productInput = (product: number): string => `    - name: source
      type: product-input-port
      properties: { product: product_${product}, data_set: rows_${product} }`

const contractText = (product: number): string => `apiVersion: v3.1.0
kind: DataContract
id: contract-${product}
name: Rows of product ${product}
version: 1.0.0
status: active
schema:
  - name: rows_${product}
    logicalType: object
    properties:
      - name: id
        logicalType: integer
        required: true
        primaryKey: true
        customProperties:
          - { property: businessKey, value: row_id }
      - name: title
        logicalType: string
        classification: internal
        description: What people read
      - name: changed_at
        logicalType: timestamp
        required: true
      - name: amount
        logicalType: number
        physicalType: decimal(9, 2)
    quality:
      - { metric: rowCount, mustBeGreaterThan: 0 }
`
