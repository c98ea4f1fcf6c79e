// The functions of the house that workflow documents of products may call, and what each may be given.

import type { Json } from '@tulle/kernel'

/** JSON Schemas of a call's `with`, by the function's name. */
export const HOUSE_FUNCTIONS: Readonly<Record<string, { readonly properties: Readonly<Record<string, Json>>; readonly required?: readonly string[] }>> = {
  ingest: { properties: {} },
  sql: { properties: {} },
  dbt: { properties: {} },
  write: { properties: {} },
  check: { properties: {} },
  publish: { properties: {} },
  notify: { properties: {} },
}
