import { expect, it } from 'vitest'
import { loadMesh } from '@tulle/model'
import { exampleMesh } from '@tulle/model/testing'
import { exportedProducts } from './exported-products.ts'

const FOLDER = 'domains/operations/flights'
const scheduleOf = (schedule: string): unknown => {
  const document = `document: {dsl: '1.0.3', namespace: x, name: own, version: '1.0.0'}\nschedule: ${schedule}\ndo: [{ingest: {call: ingest}}]\n`
  const product = (exampleMesh().get(`${FOLDER}/product.yaml`) ?? '').replace(/ {4}- name: .*\n {6}type: workflow\n(?: {6,}.*\n)*/u, '')
  const mesh = loadMesh(exampleMesh({ [`${FOLDER}/product.yaml`]: product, [`${FOLDER}/workflow.yaml`]: document }))
  if (!mesh.ok) throw new Error(mesh.diagnostics[0]?.message)
  return exportedProducts(mesh.value.products, 'flights')[0]?.['schedule']
}

it.each([
  ["{cron: '0 4 * * *'}", '0 4 * * *'],
  ['{every: {minutes: 15}}', null],
  ['{after: {minutes: 15}}', null],
])('a schedule %s is, for an orchestrator, %s', (schedule, exported) => {
  expect(scheduleOf(schedule)).toBe(exported)
})
