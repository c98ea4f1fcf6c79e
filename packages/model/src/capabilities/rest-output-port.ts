// `rest-output-port`: the product's data sets over HTTP.

import { defineServedPort } from './served-port.ts'

export const restOutputPortCapability = defineServedPort({
  kind: 'rest',
  title: 'REST output port',
  description: 'Offers data sets over HTTP: filter, select, order and page, as JSON, NDJSON, CSV, Arrow or Parquet.',
})
