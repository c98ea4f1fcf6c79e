// `sql-output-port`: the product as a schema of tables, for psql, JDBC and BI tools.

import { defineServedPort } from './served-port.ts'

export const sqlOutputPortCapability = defineServedPort({
  kind: 'sql',
  title: 'SQL output port',
  description: `Offers data sets over PostgreSQL's wire protocol: the schema is the product, the table the data set.`,
})
