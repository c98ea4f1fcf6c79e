// Fifty secrets, planted wherever a person or a program may put one by mistake or by intent: in statements, names, errors, settings,
// credentials. Afterwards they are looked for in every log, in the audit, and in what others are answered.

import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { API_ROOT } from '@tulle/api'
import { startTulle } from '@tulle/server/testing'
import type { TestTulle } from '@tulle/server/testing'
import { shopMesh } from './testing-mesh.ts'

let tulle: TestTulle
let mesh: string
/** Secrets that nobody may be answered, not even whoever sent them. */
const credentials = new Map<string, string>()
/** What its writer may see again in an error of his own, and nobody else anywhere. */
const words = new Map<string, string>()
const answers: string[] = []

let number = 0
const plant = (where: Map<string, string>, what: string): string => {
  const secret = `canary${String(number += 1).padStart(3, '0')}zq${Math.random().toString(36).slice(2, 10)}`
  where.set(secret, what)
  return secret
}
const ENVIRONMENT = {
  TULLE_SECRET_partner: `client:${plant(credentials, 'the secret of a foreign catalogue')}`,
  AWS_SECRET_ACCESS_KEY: plant(credentials, 'the key of S3'),
  AWS_SESSION_TOKEN: plant(credentials, 'the session token of S3'),
  AWS_ACCESS_KEY_ID: plant(credentials, 'the id of the key of S3'),
  PGPASSWORD: plant(credentials, 'a password of PostgreSQL in the environment'),
}

beforeAll(async () => {
  mesh = shopMesh()
  tulle = await startTulle({ mesh, environment: ENVIRONMENT })
}, 180_000)
afterAll(async () => {
  await tulle?.stop()
  rmSync(mesh, { recursive: true, force: true })
})

interface Connection { readonly user?: string; readonly password?: string; readonly options?: string; readonly database?: string; readonly application_name?: string }

async function sql(statements: readonly (readonly [text: string, values?: readonly string[]])[], { user = 'ana', password = tulle.secret('ana'), ...more }: Connection = {}): Promise<void> {
  const client = new pg.Client({ host: '127.0.0.1', port: tulle.sqlPort, database: 'tulle', user, password, ssl: { rejectUnauthorized: false }, ...more })
  client.on('error', () => undefined)
  const hear = (error: unknown): void => void answers.push(JSON.stringify({ ...(error as object), message: (error as Error).message }))
  try {
    await client.connect()
    for (const [text, values] of statements) await client.query({ text, ...(values !== undefined && { values: [...values] }) }).catch(hear)
  } catch (error) {
    hear(error)
  } finally {
    await client.end().catch(() => undefined)
  }
}

async function http(path: string, { who = 'ana', headers = {}, method = 'GET', body }: { readonly who?: string | undefined; readonly headers?: Readonly<Record<string, string>>; readonly method?: string; readonly body?: unknown } = {}): Promise<string> {
  const authorization = who === '' ? {} : { authorization: `Basic ${btoa(`${who}:${tulle.secret(who)}`)}` }
  const answer = await fetch(`${tulle.url}${path}`, { method, headers: { ...authorization, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers }, ...(body !== undefined && { body: JSON.stringify(body) }) })
  return answer.text()
}

const word = (what: string): string => plant(words, what)
const credential = (what: string): string => plant(credentials, what)

describe('fifty planted secrets', { timeout: 180_000 }, () => {
  it('are sent', async () => {
    // Credentials, right door or wrong.
    await sql([], { password: credential('a wrong password at the SQL port') })
    await sql([], { user: word('a user name that is a password'), password: credential('its password') })
    await sql([], { user: `ana+${word('a purpose behind the user name')}` })
    await sql([], { database: word('the name of a database') })
    await sql([['select 1']], { options: `-c tulle.purpose=${word('a purpose in the options')}` })
    await sql([['select 1']], { application_name: word('the name of the application') })
    for (const headers of [
      { authorization: `Bearer ${credential('a bearer token')}` }, { authorization: `Basic ${btoa(`ana:${credential('a wrong password by HTTP')}`)}` }, { authorization: `Basic ${btoa(`${word('a name by HTTP')}:x`)}` },
      { cookie: `tulle_8740=${credential('a cookie')}` }, { 'x-api-key': credential('a header that nobody reads') },
    ]) answers.push(await http('/data/v1/orders/orders', { who: '', headers }))
    answers.push(await http(`${API_ROOT}/session`, { who: '', method: 'POST', body: { name: word('a name at the sign-in'), password: credential('a password at the sign-in') } }))
    answers.push(await http(`${API_ROOT}/session`, { who: '', method: 'POST', body: { name: 'ana', password: credential('a wrong password at the sign-in'), label: word('a label at the sign-in') } }))
    answers.push(await http('/iceberg/v1/config', { who: '', headers: { authorization: `Bearer ${credential('a bearer token at the catalogue')}` } }))
    const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: 'ana', client_secret: credential('a client secret at the catalogue') })
    answers.push(await (await fetch(`${tulle.url}/iceberg/v1/oauth/tokens`, { method: 'POST', body: form })).text())

    // Statements.
    await sql([
      [`select * from orders.orders where customer = '${word('a literal')}'`],
      [`select * from orders.orders where customer = $$${word('a literal between dollars')}$$`],
      [`select * from orders.orders where customer = E'\\x41${word('a literal with escapes')}'`],
      [`select * from orders.orders /* ${word('a comment')} */ limit 1`],
      [`select * from orders.orders -- ${word('a comment to the end of the line')}`],
      [`select id as ${word('an alias')} from orders.orders`],
      [`select id as "${word('a quoted alias')}" from orders.orders`],
      [`select ${word('a column that is not there')} from orders.orders`],
      [`select * from orders.${word('a table that is not there')}`],
      [`select * from ${word('a schema that is not there')}.orders`],
      [`select ${word('a function that is not there')}(id) from orders.orders`],
      [`with ${word('a common table')} as (select 1) select 2`],
      [`select cast('${word('a text that is no number')}' as integer)`],
      [`select cast(customer || '${word('a text that is no number, with a value')}' as integer) from orders.orders`],
      [`select * from totals.totals where customer = '${word('a literal of a denied statement')}'`],
      [`select * from orders.orders where customer = $1`, [word('a bound value')]],
      [`select '${word('a literal that never ends')}`],
      [`select * from orders.orders for version as of '${word('a version that is not there')}'`],
      [`set tulle.purpose = '${word('a purpose that is set')}'`],
      [`set application_name = '${word('an application that is set')}'`],
      [`set ${word('a setting that is not there')} = '1'`],
      [`prepare ${word('the name of a prepared statement')} as select '${word('a prepared literal')}'`],
      [`declare ${word('the name of a cursor')} cursor for select 1`],
      [`copy (select '${word('a copied literal')}') to stdout`],
      [`select * from pg_class where relname = '${word('a literal of a catalogue question')}'`],
      [`insert into orders.orders values ('${word('a literal of an insert')}')`],
      [`create role r password '${word('a password of a role')}'`],
    ])

    // REST, API, catalogue.
    answers.push(await http(`/data/v1/orders/orders?customer=eq.${word('a filter')}`))
    answers.push(await http(`/data/v1/orders/orders?${word('a filter on no column')}=eq.1`))
    answers.push(await http(`/data/v1/orders/orders?purpose=${word('a purpose by REST')}`))
    answers.push(await http('/data/v1/orders/orders', { headers: { 'x-tulle-purpose': word('a purpose in a header') } }))
    answers.push(await http(`/data/v1/${word('a product by REST')}/orders`))
    answers.push(await http(`${API_ROOT}/grants`, { who: 'ada', method: 'POST', body: { subjectKind: 'user', subject: word('a subject of a grant'), product: 'orders', purposes: ['reporting'] } }))
    answers.push(await http(`${API_ROOT}/products/${word('a product of the API')}`))
    answers.push(await http(`/iceberg/v1/namespaces/${word('a namespace')}/tables/${word('a table')}`))
    answers.push(await http(`/${word('a path')}`))
    expect(credentials.size + words.size).toBeGreaterThanOrEqual(50)
  })

  it('are in no log, no audit, and nothing that others are answered', async () => {
    // Lines follow what they tell of; the last one that was sent is there when this one is.
    await sql([['select count(*) from orders.orders']])
    const told = [
      ...filesBelow(tulle.home).map((file) => [file, readFileSync(file).toString('latin1')] as const),
      ['what the server printed', tulle.output()] as const,
      ...await Promise.all(['/audit?limit=1000', '/events?limit=1000', '/status', '/grants', '/accounts', '/exports', '/runs', '/audit/verification'].map(async (path) => [path, await http(`${API_ROOT}${path}`, { who: 'ada' })] as const)),
    ]
    const planted = [...credentials, ...words]
    const found = planted.flatMap(([secret, what]) => told.filter(([, text]) => text.toLowerCase().includes(secret)).map(([where]) => `${what} is in ${where}`))
    expect(found).toEqual([])
    expect(told.find(([where]) => where.includes('/audit/0'))?.[1]).toContain('select * from orders.orders where customer = ?:text')
  })

  it('no credential is in an answer, not even to whoever sent it', () => {
    const said = answers.join('\n').toLowerCase()
    expect([...credentials].filter(([secret]) => said.includes(secret)).map(([, what]) => what)).toEqual([])
  })

  it('would be found if they were there (the control)', async () => {
    const secret = [...words.keys()][0] as string
    const own = await http(`/data/v1/orders/orders?${secret}=eq.1`)
    expect(own.toLowerCase()).toContain(secret)
  })
})

/** Everything that is written for people to read; the database's own files hold the data itself. */
function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return /\/(?:pg\/data|catalog-pg\/data|warehouse|secrets|tls)$/u.test(path) ? [] : filesBelow(path)
    return entry.isFile() && statSync(path).size < 64 * 1024 * 1024 ? [path] : []
  })
}
