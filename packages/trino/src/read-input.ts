// The body of a request → what is asked. Only what is known is read; a request that is not one is refused as a whole.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { z } from 'zod'
import { messages } from './messages.ts'
import type { TrinoInput, TrinoResource } from './types.ts'

const MOST_RESOURCES = 200_000
const word = z.string().max(1_000)
const lower = word.transform((name) => name.toLowerCase())
const schema = z.object({ catalogName: lower, schemaName: lower })
const table = schema.extend({ tableName: lower, columns: z.array(lower).max(MOST_RESOURCES).nullish() })
const column = table.omit({ columns: true }).extend({ columnName: lower })
const user = z.object({ user: word })
const resource = z.object({
  catalog: z.object({ name: lower }).nullish(),
  schema: schema.nullish(),
  table: table.nullish(),
  column: column.nullish(),
  user: user.nullish(),
  function: z.object({ catalogSchema: schema, functionName: lower }).nullish(),
})
const input = z.object({
  context: z.object({
    identity: z.object({ user: word.min(1), extraCredentials: z.record(z.string().max(200), word).nullish() }),
    queryId: z.string().max(200).nullish(),
  }),
  action: z.object({ operation: z.string().min(1).max(200), resource: resource.nullish(), filterResources: z.array(resource).max(MOST_RESOURCES).nullish() }),
})
const body = z.object({ input })

/** The extra credential in which a client of Trino names its purpose. */
export const PURPOSE_CREDENTIAL = 'tulle.purpose'

export function readInput(document: unknown): Result<TrinoInput> {
  const parsed = body.safeParse(document)
  if (!parsed.success) return fail(messages['trino-question-invalid']({ problem: parsed.error.issues.slice(0, 3).map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ').slice(0, 300) }))
  const { context: { identity, queryId }, action } = parsed.data.input
  const purpose = identity.extraCredentials?.[PURPOSE_CREDENTIAL]
  return ok({
    user: identity.user,
    ...(purpose !== undefined && purpose !== '' && { purpose }),
    ...(typeof queryId === 'string' && { queryId }),
    operation: action.operation,
    resource: toResource(action.resource ?? {}),
    resources: (action.filterResources ?? []).map(toResource),
  })
}

function toResource({ catalog, schema: ofSchema, table: ofTable, column: ofColumn, user: ofUser, function: ofFunction }: z.output<typeof resource>): TrinoResource {
  return {
    ...(catalog && { catalog: catalog.name }),
    ...(ofSchema && { schema: { catalog: ofSchema.catalogName, schema: ofSchema.schemaName } }),
    ...(ofTable && { table: { catalog: ofTable.catalogName, schema: ofTable.schemaName, table: ofTable.tableName, ...(ofTable.columns && { columns: ofTable.columns }) } }),
    ...(ofColumn && { column: { catalog: ofColumn.catalogName, schema: ofColumn.schemaName, table: ofColumn.tableName, column: ofColumn.columnName } }),
    ...(ofUser && { user: ofUser.user }),
    ...(ofFunction && { function: { catalog: ofFunction.catalogSchema.catalogName, schema: ofFunction.catalogSchema.schemaName, name: ofFunction.functionName } }),
  }
}
