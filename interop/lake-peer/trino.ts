import type { Dialect } from './dialect.ts'

export const trino: Dialect = {
  ways: ['through the catalogue'],
  prepare: async ({ peer }) => {
    await peer.run('SELECT 1')
  },
  source: (_, snapshot) => `lake.interop.kinds FOR VERSION AS OF ${snapshot}`,
  text: (column, type) => {
    if (type === 'float' || type === 'double') return `cast(cast(${column} * 4 as bigint) as varchar)`
    if (type === 'binary') return `lower(to_hex(${column}))`
    if (type === 'timestamptz') return `cast(${column} AT TIME ZONE 'UTC' as varchar)`
    return /^(?:list|map|struct)/u.test(type) ? `json_format(cast(${column} as json))` : `cast(${column} as varchar)`
  },
  turn: (turn) => [
    {
      what: 'an insert of the peer',
      peerSql: `INSERT INTO lake.interop.kinds (id, label, d, dt, ts, li, st, note) VALUES (${900 + turn}, 'trino ${turn}', 0.5, DATE '2020-02-29', TIMESTAMP '2020-02-29 01:02:03.000004', ARRAY[1, NULL], ROW(7, 'seven'), 'by trino')`,
      modelSql: `INSERT INTO rows BY NAME SELECT ${900 + turn} AS id, 'trino ${turn}' AS label, 0.5 AS d, DATE '2020-02-29' AS dt, TIMESTAMP '2020-02-29 01:02:03.000004' AS ts, [1, NULL] AS li, {'x': 7, 'y': 'seven'} AS st, 'by trino' AS note`,
    },
    { what: 'a delete of the peer', peerSql: `DELETE FROM lake.interop.kinds WHERE id % 20 = ${turn + 5}`, modelSql: `DELETE FROM rows WHERE id % 20 = ${turn + 5}` },
    { what: 'an update of the peer', peerSql: `UPDATE lake.interop.kinds SET note = 'touched' WHERE id % 20 = ${turn + 9}`, modelSql: `UPDATE rows SET note = 'touched' WHERE id % 20 = ${turn + 9}` },
    ...(turn === 1 ? [{ what: 'a compaction of the peer', peerSql: 'ALTER TABLE lake.interop.kinds EXECUTE optimize', modelSql: 'SELECT 1' }] : []),
  ],
}
