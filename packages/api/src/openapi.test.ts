import { expect, it, describe } from 'vitest'
import { endpoints } from './endpoints.ts'
import { openApi } from './openapi.ts'

const document = openApi({ title: 'Tulle', version: '0.1.0', url: 'http://127.0.0.1:8740' })
const text = JSON.stringify(document)

describe('the OpenAPI document', () => {
  it('has each endpoint under its name', () => {
    const ids = [...text.matchAll(/"operationId":"([^"]+)"/g)].map((match) => match[1])
    expect(ids.toSorted()).toEqual(Object.keys(endpoints).toSorted())
  })

  it('points only at schemas that it contains, and none at itself alone', () => {
    const { schemas } = document['components'] as { schemas: Record<string, Record<string, unknown>> }
    const targets = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1])
    expect(targets.length).toBeGreaterThan(50)
    expect(targets.filter((target) => schemas[target?.replace('#/components/schemas/', '') ?? ''] === undefined)).toEqual([])
    expect(Object.values(schemas).filter((schema) => schema['$ref'] !== undefined)).toEqual([])
  })

  it('prints a parameter with its place, type and default', () => {
    const { paths } = document as { paths: Record<string, Record<string, { parameters: unknown }>> }
    expect(paths['/api/v1/products/{product}/datasets/{dataSet}/sample']?.['get']?.parameters).toEqual([
      { name: 'product', in: 'path', required: true, schema: { type: 'string', minLength: 1, maxLength: 200 } },
      { name: 'dataSet', in: 'path', required: true, schema: { type: 'string', minLength: 1, maxLength: 200 } },
      { name: 'limit', in: 'query', required: false, schema: { type: 'integer', minimum: 1, maximum: 200, default: 20 } },
    ])
  })

  it('names the problems of an endpoint by their status', () => {
    const { paths } = document as { paths: Record<string, Record<string, { responses: Record<string, { description: string }> }>> }
    const responses = paths['/api/v1/applies']?.['post']?.responses ?? {}
    expect(Object.fromEntries(Object.entries(responses).map(([status, response]) => [status, response.description]))).toEqual({
      202: 'Done.',
      400: 'bad-request, plan-invalid',
      401: 'not-signed-in',
      403: 'not-allowed',
      409: 'plan-stale, plan-not-applyable, apply-in-progress',
      500: 'internal-error',
      503: 'not-ready',
    })
  })
})
