// A mesh that lives within seconds: a CSV file that becomes a product, and a product that is made of it.

import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export const ORDERS_CSV = 'domains/sales/orders/data/orders.csv'
export const ORDERS_YAML = 'domains/sales/orders/product.yaml'
export const ORDERS_CONTRACT = 'domains/sales/orders/contracts/orders.odcs.yaml'
export const TOTALS_SQL = 'domains/sales/totals/models/totals.sql'
export const GOOD_ORDERS = 'id,customer,amount\n1,Ada,12.50\n2,Bo,7.25\n3,Cy,1.00\n'

const team = (name: string): string => `apiVersion: tulle.dev/v1
kind: TechnicalTeam
metadata: { name: ${name} }
`

const domain = (name: string, owner: string): string => `apiVersion: tulle.dev/v1
kind: DataDomain
metadata: { name: ${name} }
spec: { owner: ${owner}, quotas: { storage_gb: 5 } }
`

const contract = (name: string, columns: readonly string[]): string => `apiVersion: v3.1.0
kind: DataContract
id: ${name}
name: ${name}
version: 1.0.0
status: active
schema:
  - name: ${name}
    properties:
${columns.map((column) => `      - { ${column} }`).join('\n')}
    quality:
      - { metric: rowCount, mustBeGreaterThan: 0 }
`

const FILES: Readonly<Record<string, string>> = {
  'mesh.yaml': `apiVersion: tulle.dev/v1
kind: Mesh
metadata: { name: shop, title: Shop }
spec:
  purposes: [{ name: reporting }]
  demo:
    users:
      - { name: ada, role: administrator }
      - { name: dora, role: developer, teams: [sales_team] }
      - { name: olga, role: owner, teams: [sales_team] }
      - { name: ana, role: consumer, purposes: [reporting], grants: [orders, totals] }
      - { name: bo, role: consumer, purposes: [reporting] }
`,
  'teams/sales_team.yaml': team('sales_team'),
  'teams/support_team.yaml': team('support_team'),
  'domains/sales/domain.yaml': domain('sales', 'sales_team'),
  'domains/support/domain.yaml': domain('support', 'support_team'),
  [ORDERS_YAML]: `apiVersion: core.oam.dev/v1beta1
kind: DataProduct
metadata: { name: orders, title: Orders }
spec:
  components:
    - name: orders
      type: data-product
      properties: { definition: What people ordered, data_product_owner: olga }
    - name: orders_file
      type: file-input-port
      properties: { path: ${ORDERS_CSV} }
    - name: orders
      type: data-set
      properties: { from: orders_file }
    - name: sql
      type: sql-output-port
    - name: rest
      type: rest-output-port
`,
  [ORDERS_CONTRACT]: contract('orders', ['name: id, logicalType: integer, required: true, unique: true', 'name: customer, logicalType: string', "name: amount, logicalType: number, physicalType: 'decimal(9,2)'"]),
  [ORDERS_CSV]: GOOD_ORDERS,
  'domains/sales/totals/product.yaml': `apiVersion: core.oam.dev/v1beta1
kind: DataProduct
metadata: { name: totals, title: Totals }
spec:
  components:
    - name: totals
      type: data-product
      properties: { definition: What each customer spent }
    - name: totals
      type: data-set
    - name: sql
      type: sql-output-port
`,
  'domains/sales/totals/contracts/totals.odcs.yaml': contract('totals', ['name: customer, logicalType: string', "name: total, logicalType: number, physicalType: 'decimal(38,2)'"]),
  [TOTALS_SQL]: "select customer, sum(amount) as total from {{ ref('orders', 'orders') }} group by customer\n",
}

/** Writes the mesh into a new folder. */
export function shopMesh(): string {
  const folder = mkdtempSync('/tmp/tulle-shop-')
  for (const [path, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return folder
}

/** What the gallery holds: pictures and a document, small and whole. */
export const GALLERY: Readonly<Record<string, Uint8Array>> = {
  'logo.svg': Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><circle cx="4" cy="4" r="3"/></svg>\n'),
  'icons/dot.png': Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64'),
  'docs/Łódź (final).pdf': Buffer.from('%PDF-1.1\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Count 0/Kids[]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n'),
}
export const GALLERY_FOLDER = 'domains/support/gallery/files'

/** The shop, with a product that is a collection of files. */
export function galleryMesh(): string {
  const folder = shopMesh()
  const files: Readonly<Record<string, string | Uint8Array>> = {
    'domains/support/gallery/product.yaml': `apiVersion: core.oam.dev/v1beta1
kind: DataProduct
metadata: { name: gallery, title: Gallery }
spec:
  components:
    - { name: gallery, type: data-product, properties: { definition: What the shop looks like } }
    - { name: pictures_folder, type: file-input-port, properties: { path: ${GALLERY_FOLDER}, format: files } }
    - { name: pictures, type: data-set, properties: { from: pictures_folder } }
    - { name: sql, type: sql-output-port }
    - { name: rest, type: rest-output-port }
`,
    'domains/support/gallery/contracts/pictures.odcs.yaml': contract('pictures', [
      'name: path, logicalType: string, required: true, unique: true', 'name: sha256, logicalType: string, required: true', 'name: bytes, logicalType: integer, required: true', 'name: media_type, logicalType: string',
    ]),
    ...Object.fromEntries(Object.entries(GALLERY).map(([path, bytes]) => [`${GALLERY_FOLDER}/${path}`, bytes])),
  }
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
  return folder
}
