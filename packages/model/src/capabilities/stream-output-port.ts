// `stream-output-port`: what changes in the product's data sets, as it is published.

import { defineServedPort } from './served-port.ts'

export const streamOutputPortCapability = defineServedPort({
  kind: 'stream',
  title: 'Change stream output port',
  description: 'Offers what changes in data sets, row by row and as it is published, over HTTP: as server-sent events and as batches.',
})
