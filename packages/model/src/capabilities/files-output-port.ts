// `files-output-port`: the product's data sets as files behind signed links.

import { defineServedPort } from './served-port.ts'

export const filesOutputPortCapability = defineServedPort({
  kind: 'files',
  title: 'Files output port',
  description: 'Offers data sets as files: signed, expiring links to Parquet, CSV or Arrow of a snapshot, masked and filtered for whoever the link was made for.',
})
