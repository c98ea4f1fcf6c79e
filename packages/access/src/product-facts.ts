// Reads what a product offers to whoever asks for access: its data sets, its ports, and under which agreements.

import type { Json, Result } from '@tulle/kernel'
import { fail, isName, ok } from '@tulle/kernel'
import type { GovernedProduct } from '@tulle/policy'
import type { Store } from '@tulle/store'
import { messages } from './messages.ts'
import type { Agreement, Approval, FactColumn, ProductFacts } from './types.ts'

export async function readProductFacts(store: Store, name: string): Promise<Result<ProductFacts>> {
  const rows = isName(name)
    ? await store.db.selectFrom('resource').select(['id', 'kind', 'spec']).where('product', '=', name).where('archived_at', 'is', null).orderBy('ref').execute()
    : []
  const product = rows.find((row) => row.kind === 'data-product')
  if (product === undefined) {
    const known = await store.db.selectFrom('resource').select('ref').where('kind', '=', 'data-product').where('archived_at', 'is', null).execute()
    return fail(messages['unknown-product']({ product: name.slice(0, 100), known: known.map((row) => row.ref.slice(row.ref.indexOf(':') + 1)) }))
  }
  const of = (kind: string): readonly Json[] => rows.filter((row) => row.kind === kind).map((row) => row.spec)
  return ok({
    product: governed(product.id, product.spec),
    // Of several versions, one stands for all: what is given is given for each of them.
    dataSets: of('data-set').filter((spec) => !isBesideAnother(spec, of('data-set'))).map((spec) => ({ name: textAt(spec, 'versionOf') || textAt(spec, 'name'), columns: columnsOfVersions(spec, of('data-set')) })),
    ports: of('output-port').map((spec) => ({
      name: textAt(spec, 'name'),
      kind: textAt(spec, 'kind'),
      dataSets: listAt(spec, 'dataSets').filter((item) => typeof item === 'string'),
      ...(isApproval(memberOf(spec, 'approval')) && { approval: memberOf(spec, 'approval') as Approval }),
    })),
    agreements: of('service-level').filter((spec) => memberOf(spec, 'promise') === 'data-sharing-agreement').map(toAgreement),
  })
}

export async function readPurposes(store: Store): Promise<readonly string[]> {
  const state = await store.db.selectFrom('mesh_state').select('mesh').executeTakeFirst()
  return listAt(state?.mesh ?? null, 'purposes').map((purpose) => textAt(purpose, 'name'))
}

/** The product of this id, also where it is archived: grants and requests outlive it. */
export async function productById(store: Store, id: string): Promise<GovernedProduct> {
  const row = await store.db.selectFrom('resource').select('spec').where('id', '=', id).executeTakeFirst()
  return governed(id, row?.spec ?? null)
}

const governed = (id: string, spec: Json): GovernedProduct => ({ id, name: textAt(spec, 'name') || id, domain: textAt(spec, 'domain'), team: textAt(spec, 'team') })

const isBesideAnother = (spec: Json, all: readonly Json[]): boolean => {
  const shared = textAt(spec, 'versionOf')
  return shared !== '' && all.find((other) => textAt(other, 'name') === shared || textAt(other, 'versionOf') === shared) !== spec
}

/** The columns of all versions, each once, as the first of them has it. */
function columnsOfVersions(spec: Json, all: readonly Json[]): readonly FactColumn[] {
  const shared = textAt(spec, 'versionOf') || textAt(spec, 'name')
  const versions = [spec, ...all.filter((other) => other !== spec && textAt(other, 'versionOf') === shared)]
  const columns = versions.flatMap((version) => listAt(memberOf(version, 'contract'), 'columns').map(toColumn))
  return [...new Map(columns.toReversed().map((column) => [column.name, column])).values()].toReversed()
}

function toColumn(column: Json): FactColumn {
  const classification = textAt(column, 'classification')
  return { name: textAt(column, 'name'), type: textAt(column, 'type'), ...(classification !== '' && { classification }) }
}

function toAgreement(spec: Json): Agreement {
  const properties = memberOf(spec, 'properties')
  const [description, termsUrl] = [textAt(properties, 'description'), textAt(properties, 'terms_url')]
  return {
    name: textAt(spec, 'name'),
    version: textAt(properties, 'version') || '1',
    title: textAt(properties, 'title') || textAt(spec, 'title') || textAt(spec, 'name'),
    ...(description !== '' && { description }),
    ...(termsUrl !== '' && { termsUrl }),
  }
}

const isApproval = (value: Json | undefined): boolean => value === 'automatic' || value === 'owner' || value === 'two-persons'

export function memberOf(value: Json | undefined, name: string): Json | undefined {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Record<string, Json | undefined>)[name] : undefined
}

export const textAt = (value: Json | undefined, name: string): string => {
  const found = memberOf(value, name)
  return typeof found === 'string' ? found : ''
}

function listAt(value: Json | undefined, name: string): readonly Json[] {
  const found = memberOf(value, name)
  return Array.isArray(found) ? (found as readonly Json[]) : []
}
