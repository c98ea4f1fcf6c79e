// Rows that were set aside, for who works on their product: as much of them as the policy gives on any port, and what is to
// become of them.

import type { Handlers } from '@tulle/api'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { InputRight } from '@tulle/pipeline'
import { governedDataSet } from '@tulle/policy'
import { readProductDefinition } from '@tulle/providers'
import type { ProductSummary } from '@tulle/providers'
import { recordDeed } from '../audit-deeds.ts'
import type { Caller } from '../http/callers.ts'
import type { House } from '../house.ts'
import { decideRead } from '../house.ts'
import { limitsOf } from '../input-rights.ts'
import { messages } from '../messages.ts'
import { whoIs } from '../who.ts'
import { permission, require } from './permissions.ts'
import { findProduct, findProductFor, governed } from './products.ts'

type QuarantineHandlers = Pick<Handlers<Caller>, 'getQuarantine' | 'listQuarantinedRows' | 'listFailingRows' | 'decideQuarantinedRows'>

export function quarantineHandlers(house: House): QuarantineHandlers {
  return {
    getQuarantine: async ({ product }, { subject }) => {
      const found = await inside(house, product, { subject })
      if (!found.ok) return found
      const dataSets = await house.pipeline.quarantine.counts(product)
      return dataSets.ok ? ok({ product, dataSets: dataSets.value.map((one) => ({ ...one })), can: { decide: permission(house, subject, 'run', governed(found.value)) } }) : dataSets
    },
    listQuarantinedRows: async ({ product, dataSet, state, run, rule, where, limit }, caller) => {
      const found = await inside(house, product, caller)
      if (!found.ok) return found
      const sight = await sightOf(house, caller, found.value, dataSet)
      if (!sight.ok) return sight
      const rows = await house.pipeline.quarantine.rows({ product, dataSet }, {
        ...(state !== undefined && { states: [state] }), ...(run !== undefined && { run }), ...(rule !== undefined && { rule }), ...(where !== undefined && { where }), limit,
      }, sight.value)
      const told = await recordLook(house, caller, { product: found.value, dataSet, operation: 'listQuarantinedRows' }, rows)
      if (!rows.ok || !told.ok) return rows.ok ? fail(...told.diagnostics) : rows
      return ok({ total: rows.value.total, columns: [...rows.value.columns], rows: rows.value.rows.map((row) => ({ ...row, rules: [...row.rules], values: [...row.values] })) })
    },
    listFailingRows: async ({ run, dataSet, check, limit }, caller) => {
      const row = await house.db.selectFrom('run').select('product').where('id', '=', run).executeTakeFirst()
      if (row === undefined) return fail(messages['unknown-run']({ run }))
      const found = await inside(house, row.product, caller)
      if (!found.ok) return found
      const sight = await sightOf(house, caller, found.value, dataSet)
      if (!sight.ok) return sight
      const rows = await house.pipeline.failingRows({ run, product: row.product, dataSet, check, limit }, sight.value)
      const told = await recordLook(house, caller, { product: found.value, dataSet, operation: 'listFailingRows' }, rows)
      if (!rows.ok || !told.ok) return rows.ok ? fail(...told.diagnostics) : rows
      return ok({ total: rows.value.total, columns: [...rows.value.columns], rows: rows.value.rows.map((one) => ({ checks: [...one.checks], values: [...one.values] })) })
    },
    decideQuarantinedRows: async ({ product, dataSet, decision, rows, where, rule, run }, caller) => {
      const found = await findProductFor(house, caller.subject, 'run', product)
      if (!found.ok) return found
      const sight = await sightOf(house, caller, found.value, dataSet)
      if (!sight.ok) return sight
      const decided = await house.pipeline.quarantine.decide({
        product, dataSet, by: caller.subject.name, limits: sight.value,
        chosen: { ...(rows !== undefined && { rows }), ...(where !== undefined && { where }), ...(rule !== undefined && { rule }), ...(run !== undefined && { run }) },
        decision: decision.kind === 'replay' ? { kind: 'replay', isOpenToo: decision.open }
          : decision.kind === 'discard' ? decision
          : decision.set !== undefined ? { kind: 'repair', set: decision.set, ...(decision.note !== undefined && { note: decision.note }) }
          : { kind: 'repair', corrected: decision.corrected ?? [], ...(decision.note !== undefined && { note: decision.note }) },
      })
      if (!decided.ok) return decided
      if (decision.kind !== 'replay' || !decision.run) return ok({ rows: decided.value })
      const started = await house.pipeline.run(product, { trigger: { kind: 'replay', dataSet }, requestedBy: caller.subject.name, force: true })
      return started.ok ? ok({ rows: decided.value, runId: started.value.runId }) : started
    },
  }
}

const recordLook = (house: House, caller: Caller, { product, dataSet, operation }: { readonly product: ProductSummary; readonly dataSet: string; readonly operation: string }, rows: Result<{ readonly columns: readonly string[] }>) => recordDeed(house, {
  port: 'api', subject: caller.subject, token: caller.apiToken?.id, outcome: rows.ok ? 'ok' : (rows.diagnostics[0]?.code ?? 'internal-error'), deed: { operation },
  reads: [{ product: product.name, productId: product.id, dataSet, columns: rows.ok ? rows.value.columns : [] }],
})

/** Whoever may run the product, and stewards. Consumers never meet what was set aside. */
async function inside(house: House, product: string, { subject }: Pick<Caller, 'subject'>): Promise<Result<ProductSummary>> {
  const found = await findProduct(house, product)
  if (!found.ok || subject.role === 'steward') return found
  const allowed = require(house, subject, 'run', governed(found.value))
  return allowed.ok ? found : allowed
}

/** What the caller sees of the data set, by the policy of this moment. */
async function sightOf(house: House, caller: Caller, product: ProductSummary, dataSet: string): Promise<Result<InputRight['limits']>> {
  const definition = await readProductDefinition(house.db, product.name)
  if (!definition.ok) return definition
  const declared = definition.value.product.dataSets.find(({ name }) => name === dataSet)
  // The pipeline says what there is instead.
  if (declared === undefined) return ok(undefined)
  const who = await whoIs(house, caller, product.id)()
  if (!who.ok) return who
  const decision = await decideRead(house, who.value.subject, { product: governed(product), dataSet: governedDataSet(declared) }, who.value.purpose)
  if (decision.effect === 'deny') return fail(messages['not-allowed']({ who: who.value.subject.name, what: `see rows of "${product.name}.${dataSet}"`, rule: decision.reasons.map(({ text }) => text).join(' ').replace(/\.$/u, '') }))
  return ok(await limitsOf(house.store, decision, declared))
}
