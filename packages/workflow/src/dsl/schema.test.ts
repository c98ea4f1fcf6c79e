import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { CALLS, DOCUMENT, FUNCTION_CALL, PARTS, TASKS } from './schema.ts'

const ajv = new Ajv2020({ strict: false, logger: false })
const schemas = Object.entries({ DOCUMENT, FUNCTION_CALL, ...PARTS, ...TASKS, ...CALLS })

describe('the schemas of workflows', () => {
  it.each(schemas)('%s is JSON Schema, which nothing looks at when a workflow is read', (_name, schema) => {
    expect([ajv.validateSchema(schema), ajv.errors]).toEqual([true, null])
  })

  it('would be refused otherwise', () => {
    expect(ajv.validateSchema({ ...DOCUMENT, required: 'document' })).toBe(false)
  })
})
