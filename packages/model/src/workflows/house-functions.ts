// The functions of the house that workflow documents of products may call, and what each may be given.

import type { Json } from '@tulle/kernel'

/** ISO 8601, without years and months. */
const DURATION: Json = { type: 'string', pattern: '^P(?:\\d{1,4}D)?(?:T(?:\\d{1,5}H)?(?:\\d{1,6}M)?(?:\\d{1,8}S)?)?$', minLength: 3 }

/** Of the engine with which the step works. Its time is the task's timeout. */
const MEMORY: Json = { type: 'string', pattern: '^[1-9]\\d{0,5}(?:MB|GB)$' }

/** JSON Schemas of a call's `with`, by the function's name. */
export const HOUSE_FUNCTIONS: Readonly<Record<string, { readonly properties: Readonly<Record<string, Json>>; readonly required?: readonly string[] }>> = {
  ingest: { properties: { memory: MEMORY } },
  sql: { properties: { memory: MEMORY } },
  dbt: { properties: { memory: MEMORY } },
  write: { properties: {} },
  check: { properties: { memory: MEMORY } },
  publish: { properties: {} },
  notify: { properties: {} },
  profile: { properties: { memory: MEMORY } },
  'wait-for-product': { properties: { product: { type: 'string', minLength: 1 }, within: DURATION, after: { type: 'string', pattern: '^[0-9]{1,19}$' }, atMost: DURATION }, required: ['product'] },
  export: { properties: { to: { type: 'string', minLength: 1 }, dataSet: { type: 'string', minLength: 1 }, format: { enum: ['parquet', 'csv'] } }, required: ['to'] },
}
