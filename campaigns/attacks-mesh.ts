// The mesh that attackers are let loose on: one product of which `mal` may see four columns, one of which he may see nothing.

import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { createClient } from '@tulle/api'
import type { TestTulle } from '@tulle/server/testing'

/** What hidden values look like, wherever they turn up. */
export const CANARY = /canary|7770\d{5}/iu

const dataSet = (name: string, columns: readonly string[]): string => `apiVersion: v3.1.0
kind: DataContract
id: ${name}
name: ${name}
version: 1.0.0
status: active
schema:
  - name: ${name}
    properties:
${columns.map((column) => `      - { name: ${column}, logicalType: ${['origin', 'remark', 'b'].includes(column) ? 'string' : 'integer'} }`).join('\n')}
`

const product = (name: string, table: string): string => `apiVersion: core.oam.dev/v1beta1
kind: DataProduct
metadata: { name: ${name} }
spec:
  components:
    - { name: ${name}, type: data-product, properties: { definition: ${name} } }
    - { name: file, type: file-input-port, properties: { path: data/${table}.csv } }
    - { name: ${table}, type: data-set, properties: { description: ${name}, from: file } }
    - { name: sql, type: sql-output-port, properties: {} }
    - { name: rest, type: rest-output-port, properties: {} }
`

const rows = (count: number, row: (i: number) => readonly (string | number)[]): string => Array.from({ length: count }, (_, i) => row(i).join(',')).join('\n')

const FILES: Readonly<Record<string, string>> = {
  'mesh.yaml': `apiVersion: tulle.dev/v1
kind: Mesh
metadata: { name: siege }
spec:
  purposes: [{ name: work }]
  demo:
    users:
      - { name: ada, title: Ada, role: administrator, teams: [keepers], purposes: [work] }
      - { name: mal, title: Mal, role: consumer, purposes: [work] }
      - { name: ned, title: Ned, role: consumer, purposes: [work] }
`,
  'teams/keepers.yaml': 'apiVersion: tulle.dev/v1\nkind: TechnicalTeam\nmetadata: { name: keepers }\nspec: {}\n',
  'domains/keep/domain.yaml': 'apiVersion: tulle.dev/v1\nkind: DataDomain\nmetadata: { name: keep }\nspec: { owner: keepers }\n',
  'domains/keep/flights/product.yaml': product('flights', 'flights'),
  'domains/keep/flights/contracts/flights.odcs.yaml': dataSet('flights', ['id', 'a', 'b', 'origin', 'salary', 'remark']),
  'domains/keep/secret/product.yaml': product('secret', 't'),
  'domains/keep/secret/contracts/t.odcs.yaml': dataSet('t', ['a', 'b']),
  'data/flights.csv': `id,a,b,origin,salary,remark\n${rows(40, (i) => [i, i % 7, `b${i}`, ['JFK', 'LAX', 'SFO'][i % 3] as string, 777_000_000 + i, `canary ${i}`])}\n`,
  'data/t.csv': `a,b\n${rows(20, (i) => [777_010_000 + i, `canary of t ${i}`])}\n`,
}

/** Columns of flights.flights that `mal` and `ned` may read. */
const GRANTED = ['id', 'a', 'b', 'origin'] as const

/** Writes the mesh into a temporary folder. */
export function attacksMesh(): string {
  const folder = mkdtempSync('/tmp/tulle-siege-')
  for (const [path, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return folder
}

/** Signs in at the SQL port as one of the demo users. */
export async function connect(tulle: TestTulle, user: string): Promise<pg.Client> {
  const client = new pg.Client({ host: '127.0.0.1', port: tulle.sqlPort, user, password: tulle.secret(user), database: 'tulle', ssl: { rejectUnauthorized: true, ca: readFileSync(join(tulle.home, 'tls/ca.pem'), 'utf8'), checkServerIdentity: () => undefined } })
  client.on('error', () => {})
  await client.connect()
  return client
}

/** Lets users read the columns of flights.flights that they may. */
export async function grantTo(tulle: TestTulle, users: readonly string[]): Promise<void> {
  const session = await createClient({ baseUrl: tulle.url }).signIn({ name: 'ada', password: tulle.secret('ada') })
  if (!session.ok) throw new Error('nobody may sign in')
  const client = createClient({ baseUrl: tulle.url, token: session.value.token })
  for (const user of users) {
    const granted = await client.createGrant({ subjectKind: 'user', subject: user, product: 'flights', dataSet: 'flights', purposes: ['work'], columns: [...GRANTED] })
    if (!granted.ok) throw new Error(granted.diagnostics.map(({ message }) => message).join('\n'))
  }
}
