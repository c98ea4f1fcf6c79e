import type { Dialect } from './dialect.ts'

let path = ''

export const clickhouse: Dialect = {
  ways: ['through the catalogue', 'by path'],
  refusesRepartitioned: /Position deletes objects are not sorted by common_partition_specification/u,
  prepare: async ({ peer, served, table }) => {
    const { s3 } = served
    path = `icebergS3('${table.location.replace('s3://', `${s3.endpoint}/`)}', '${s3.credentials.accessKeyId}', '${s3.credentials.secretAccessKey}')`
    await peer.run('SET allow_experimental_database_iceberg = 1')
    await peer.run(`CREATE DATABASE lake ENGINE = DataLakeCatalog('${served.uri}/v1', '${s3.credentials.accessKeyId}', '${s3.credentials.secretAccessKey}') SETTINGS catalog_type = 'rest', warehouse = 'peers', storage_endpoint = '${s3.endpoint}/${s3.bucket}'`)
  },
  source: (way, snapshot) => `(SELECT * FROM ${way === 'by path' ? path : 'lake.`interop.kinds`'} SETTINGS iceberg_snapshot_id = ${snapshot})`,
  text: (column, type) => {
    if (type === 'float' || type === 'double') return `toString(toInt64(${column} * 4))`
    if (type === 'binary') return `lower(hex(${column}))`
    if (type === 'timestamptz') return `toString(toTimeZone(${column}, 'UTC'))`
    return /^(?:list|map|struct)/u.test(type) ? `toJSONString(${column})` : `toString(${column})`
  },
  turn: (turn) => [
    {
      what: 'an insert of the peer',
      peerSql: `INSERT INTO lake.\`interop.kinds\` SETTINGS allow_insert_into_iceberg = 1 SELECT * FROM lake.\`interop.kinds\` WHERE id = ${70 + turn}`,
      modelSql: `INSERT INTO rows SELECT * FROM rows WHERE id = ${70 + turn}`,
    },
  ],
}
