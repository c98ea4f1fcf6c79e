// Time and memory of steps: what the product says, and what a document says of a call, within what the operator allows.

import { sql } from 'kysely'
import type { RunRules, StepLimits } from '@tulle/model'
import type { Store } from '@tulle/store'
import type { RunContext, StepDefinition, StepFunction, StepOutcome } from '@tulle/workflow'
import type { RunLimits, Workshop } from './types.ts'
import { hasCode } from './fail-step.ts'
import { messages } from './messages.ts'

async function limitsOf({ db }: Pick<Store, 'db'>, product: string, function_: string): Promise<StepLimits> {
  const row = await db.selectFrom('resource').select(sql<RunRules | null>`spec->'runs'`.as('runs')).where('kind', '=', 'data-product').where('product', '=', product).where('archived_at', 'is', null).executeTakeFirst()
  return row?.runs?.limits?.[function_] ?? {}
}

export const ownTimeout = ({ store }: Pick<Workshop, 'store'>, most: RunLimits): NonNullable<StepDefinition['ownTimeout']> => async ({ subject, function: name }) => {
  const { milliseconds } = await limitsOf(store, subject, name)
  return milliseconds === undefined || milliseconds >= most.stepMilliseconds ? undefined : { milliseconds, limit: `limits.${name}.time of its runs` }
}

/** The step with an engine of as much memory as it may have; where that is too little, its finding says how much it was and by whose word. */
export const withMemory = (workshop: Pick<Workshop, 'store' | 'sessions'>, most: RunLimits, run: StepFunction<RunContext>): StepFunction<RunContext> => async (context, step) => {
  const { megabytes, limit } = await memoryOf(workshop, most, context)
  await workshop.sessions.limit(step.runId, megabytes)
  const outcome = await run(context, step)
  return outcome.status === 'failed' && hasCode(outcome.diagnostics, 'engine-out-of-memory') ? named(outcome, { megabytes, limit }) : outcome
}

interface Memory { readonly megabytes: number; readonly limit: string }

async function memoryOf({ store }: Pick<Workshop, 'store'>, { memoryMegabytes }: RunLimits, { subject, call }: RunContext): Promise<Memory> {
  const own = call === undefined ? {} : await limitsOf(store, subject, call.function)
  const said = call?.arguments['memory']
  const asked: Memory | undefined = typeof said === 'string' ? { megabytes: megabytesOf(said), limit: `memory of the call of ${call?.function ?? ''}` }
    : own.megabytes === undefined ? undefined : { megabytes: own.megabytes, limit: `limits.${call?.function ?? ''}.memory of its runs` }
  return asked !== undefined && asked.megabytes < memoryMegabytes ? asked : { megabytes: memoryMegabytes, limit: 'of any step on this server' }
}

const megabytesOf = (text: string): number => Number.parseInt(text, 10) * (text.endsWith('GB') ? 1_024 : 1)

const named = (outcome: Extract<StepOutcome, { status: 'failed' }>, memory: Memory): StepOutcome =>
  ({ ...outcome, diagnostics: outcome.diagnostics.map((one) => (one.code === 'engine-out-of-memory' ? messages['step-memory']({ ...memory, what: one.message }, one.place === undefined ? {} : { place: one.place }) : one)) })
