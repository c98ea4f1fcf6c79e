import { expect, it } from 'vitest'
import { endpoints } from './endpoints.ts'
import { routes } from './routes.ts'

it('each endpoint is in the table that clients go by, and the table survives being printed', () => {
  expect(Object.keys(routes)).toEqual(Object.keys(endpoints))
  expect(JSON.parse(JSON.stringify(routes))).toEqual(routes)
  expect(routes.sampleRows).toEqual({ method: 'GET', path: '/products/:product/datasets/:dataSet/sample', params: ['product', 'dataSet'], query: Object.keys(endpoints.sampleRows.query.shape) })
  expect(routes.signIn.body).toEqual(['name', 'password', 'label'])
})
