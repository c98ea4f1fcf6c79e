// A statement of the engine is one of Flink of the same values, word for word, or it is refused with its clause and what to do.

import { beforeAll, describe, expect, it } from 'vitest'
import type { DuckdbParser } from '@tulle/sql/testing'
import { duckdbParser } from '@tulle/sql/testing'
import { filledTable, namesIn } from './fill-names.ts'
import { flinkStatements, printTable } from './flink-statements.ts'
import type { FlinkColumn, FlinkStatements, FlinkTable } from './flink-statements.ts'

let parser: DuckdbParser
beforeAll(async () => {
  parser = await duckdbParser()
})

const columnsOf = (text: string): readonly FlinkColumn[] => text.split(', ').map((one) => {
  const [name = '', type = ''] = one.replace('*', '').split(':')
  return { name, type: type.replace(';', ', '), ...(one.includes('*') && { primaryKey: 1 }) }
})
const TABLES: Readonly<Record<string, FlinkTable>> = {
  'a.flights': { name: 'a.flights', columns: columnsOf('id:long*, origin:string, delay:int, seats:long, fare:decimal(10;2), speed:double, due:timestamp, day:date, late:boolean, tags:list<string>, said:timestamptz'), options: { connector: 'upsert-kafka', topic: 'a.flights' } },
  'a.airports': { name: 'a.airports', columns: columnsOf('code:string*, city:string'), options: { connector: 'upsert-kafka' } },
}

async function said(sql: string, result: string): Promise<FlinkStatements> {
  const tree = await parser.parse(sql)
  if (!tree.ok) throw new Error(`the engine does not read ${sql}`)
  return flinkStatements(tree.value, {
    result: { name: 'p.r.flink', columns: columnsOf(result), options: { connector: 'upsert-kafka' } },
    tableOf: ({ schema, name }) => TABLES[`${schema}.${name}`] ?? { clause: `${schema}.${name}, which no Kafka port offers`, remedy: 'offer it' },
  })
}

/** What stands in the place of the model. */
async function query(sql: string, result: string): Promise<string> {
  const made = await said(sql, result)
  if (made.kind === 'refused') return `refused: ${made.clause}`
  return /FROM \((?<query>.*)\) AS `part`;$/su.exec(made.insert)?.groups?.['query'] ?? made.insert
}

const HOUR = 'CAST(3600000000 AS BIGINT)'
const SAME: readonly (readonly [what: string, sql: string, result: string, flink: string])[] = [
  ['names, whatever they are', 'SELECT ID, origin AS "fr`om" FROM a.flights', 'ID:long*', 'SELECT `flights`.`id` AS `ID`, `flights`.`origin` AS `fr``om` FROM `a.flights` AS `flights`'],
  ['texts', "SELECT id, 'it''s' AS w FROM a.flights", 'id:long*, w:string', "SELECT `flights`.`id` AS `id`, CAST('it''s' AS STRING) AS `w` FROM `a.flights` AS `flights`"],
  ['tumbling windows', "SELECT time_bucket(interval '1 hour', f.due) AS h, count(*) AS n FROM a.flights f GROUP BY 1", 'h:timestamp*, n:long', `SELECT (\`f\`.\`due\` - MOD(MOD(\`f\`.\`due\`, ${HOUR}) + ${HOUR}, ${HOUR})) AS \`h\`, COUNT(*) AS \`n\` FROM \`a.flights\` AS \`f\` GROUP BY (\`f\`.\`due\` - MOD(MOD(\`f\`.\`due\`, ${HOUR}) + ${HOUR}, ${HOUR}))`],
  ['buckets from the first Monday of 2000', "SELECT id, time_bucket(interval '5 days', due) AS h FROM a.flights", 'id:long*', 'SELECT `flights`.`id` AS `id`, (`flights`.`due` - MOD(MOD((`flights`.`due` - CAST(345600000000 AS BIGINT)), CAST(432000000000 AS BIGINT)) + CAST(432000000000 AS BIGINT), CAST(432000000000 AS BIGINT))) AS `h` FROM `a.flights` AS `flights`'],
  ['times of a time zone, which are the same microseconds', "SELECT id, date_trunc('hour', said) AS h FROM a.flights WHERE said > due", 'id:long*, h:timestamptz', `SELECT \`flights\`.\`id\` AS \`id\`, (\`flights\`.\`said\` - MOD(MOD(\`flights\`.\`said\`, ${HOUR}) + ${HOUR}, ${HOUR})) AS \`h\` FROM \`a.flights\` AS \`flights\` WHERE (\`flights\`.\`said\` > \`flights\`.\`due\`)`],
  ['weeks from Monday', "SELECT id, date_trunc('week', due) AS h FROM a.flights", 'id:long*', 'SELECT `flights`.`id` AS `id`, (`flights`.`due` - MOD(MOD((`flights`.`due` - CAST(345600000000 AS BIGINT)), CAST(604800000000 AS BIGINT)) + CAST(604800000000 AS BIGINT), CAST(604800000000 AS BIGINT))) AS `h` FROM `a.flights` AS `flights`'],
  ['a sum of whole numbers, which has more digits than they', 'SELECT origin, sum(delay) AS s FROM a.flights GROUP BY ALL', 'origin:string*, s:long', 'SELECT `flights`.`origin` AS `origin`, SUM(CAST(`flights`.`delay` AS DECIMAL(38, 0))) AS `s` FROM `a.flights` AS `flights` GROUP BY `flights`.`origin`'],
  ['an average, which is none of whole numbers', 'SELECT origin, avg(delay) AS m FROM a.flights GROUP BY origin', 'origin:string*, m:double', 'SELECT `flights`.`origin` AS `origin`, (CAST(SUM(CAST(`flights`.`delay` AS DECIMAL(38, 0))) AS DOUBLE) / CAST(COUNT(`flights`.`delay`) AS DOUBLE)) AS `m` FROM `a.flights` AS `flights` GROUP BY `flights`.`origin`'],
  ['aggregates of some rows, and groups that are chosen', 'SELECT origin, count(*) FILTER (WHERE late) AS n, count(DISTINCT delay) AS d, min(due) AS lo, max(fare) AS hi FROM a.flights GROUP BY origin HAVING count(*) > 2', 'origin:string*, n:long, d:long, lo:timestamp, hi:decimal(10;2)', 'SELECT `flights`.`origin` AS `origin`, COUNT(*) FILTER (WHERE `flights`.`late`) AS `n`, COUNT(DISTINCT `flights`.`delay`) AS `d`, MIN(`flights`.`due`) AS `lo`, MAX(`flights`.`fare`) AS `hi` FROM `a.flights` AS `flights` GROUP BY `flights`.`origin` HAVING (COUNT(*) > 2)'],
  ['a quotient of whole numbers, which is a fraction', 'SELECT id, delay / 60 AS h, delay % 7 AS r FROM a.flights', 'id:long*, h:double', 'SELECT `flights`.`id` AS `id`, (CAST(`flights`.`delay` AS DOUBLE) / CAST(60 AS DOUBLE)) AS `h`, MOD(`flights`.`delay`, 7) AS `r` FROM `a.flights` AS `flights`'],
  ['decimals', 'SELECT id, fare * delay + 1.5 AS s, -fare AS m FROM a.flights', 'id:long*, s:decimal(23;2)', 'SELECT `flights`.`id` AS `id`, CAST((CAST((`flights`.`fare` * CAST(`flights`.`delay` AS DECIMAL(10, 0))) AS DECIMAL(21, 2)) + CAST(1.5 AS DECIMAL(2, 1))) AS DECIMAL(22, 2)) AS `s`, (-`flights`.`fare`) AS `m` FROM `a.flights` AS `flights`'],
  ['times that are written out', "SELECT id FROM a.flights WHERE due >= '2026-01-01' AND due < TIMESTAMP '1969-12-31 23:59:59.5' + INTERVAL '2 days' AND day = '2026-02-28'", 'id:long*', "SELECT `flights`.`id` AS `id` FROM `a.flights` AS `flights` WHERE ((`flights`.`due` >= CAST(1767225600000000 AS BIGINT)) AND (`flights`.`due` < (CAST(-500000 AS BIGINT) + CAST(172800000000 AS BIGINT))) AND (`flights`.`day` = DATE '2026-02-28'))"],
  ['conditions', "SELECT id FROM a.flights WHERE NOT (delay BETWEEN 1 AND 2) OR origin IN ('A', 'B') OR seats IS NULL OR origin LIKE 'a''%' OR delay IS DISTINCT FROM 3", 'id:long*', "SELECT `flights`.`id` AS `id` FROM `a.flights` AS `flights` WHERE ((NOT ((`flights`.`delay` >= 1) AND (`flights`.`delay` <= 2))) OR ((`flights`.`origin` = CAST('A' AS STRING)) OR (`flights`.`origin` = CAST('B' AS STRING))) OR (`flights`.`seats` IS NULL) OR (`flights`.`origin` LIKE 'a''%') OR (`flights`.`delay` IS DISTINCT FROM 3))"],
  ['cases of one type', "SELECT id, CASE WHEN late THEN delay WHEN delay = 1 THEN NULL ELSE seats END AS c, coalesce(seats, 0) AS z FROM a.flights", 'id:long*, c:long, z:long', 'SELECT `flights`.`id` AS `id`, CASE WHEN `flights`.`late` THEN CAST(`flights`.`delay` AS BIGINT) WHEN (`flights`.`delay` = 1) THEN CAST(NULL AS BIGINT) ELSE `flights`.`seats` END AS `c`, COALESCE(`flights`.`seats`, CAST(0 AS BIGINT)) AS `z` FROM `a.flights` AS `flights`'],
  ['joins', 'SELECT f.id, a.city FROM a.flights f LEFT JOIN a.airports a ON a.code = f.origin', 'id:long*, city:string', 'SELECT `f`.`id` AS `id`, `a`.`city` AS `city` FROM `a.flights` AS `f` LEFT JOIN `a.airports` AS `a` ON (`a`.`code` = `f`.`origin`)'],
  ['rows with a partner, and rows without one', "SELECT f.id FROM a.flights f SEMI JOIN a.airports a ON a.code = f.origin ANTI JOIN a.flights g ON g.seats = f.id AND g.delay > f.delay WHERE f.seats > 1", 'id:long*', 'SELECT `f`.`id` AS `id` FROM `a.flights` AS `f` WHERE (`f`.`seats` > 1) AND EXISTS (SELECT 1 FROM `a.airports` AS `a` WHERE (`a`.`code` = `f`.`origin`)) AND NOT EXISTS (SELECT 1 FROM `a.flights` AS `g` WHERE ((`g`.`seats` = `f`.`id`) AND (`g`.`delay` > `f`.`delay`)))'],
  ['WITH queries, in what reads them', 'WITH X AS (SELECT origin, sum(seats) AS s FROM a.flights GROUP BY origin) SELECT origin, coalesce(s, 0) AS s FROM x', 'origin:string*, s:long', 'WITH `x` AS (SELECT `flights`.`origin` AS `origin`, SUM(CAST(`flights`.`seats` AS DECIMAL(38, 0))) AS `s` FROM `a.flights` AS `flights` GROUP BY `flights`.`origin`) SELECT `x`.`origin` AS `origin`, COALESCE(`x`.`s`, CAST(0 AS DECIMAL(38, 0))) AS `s` FROM `x` AS `x`'],
  ['queries one behind the other, of one type', 'SELECT id, delay AS n FROM a.flights UNION ALL SELECT seats, id FROM a.flights ORDER BY 1', 'id:long*, n:long', 'SELECT `id` AS `id`, CAST(`n` AS BIGINT) AS `n` FROM (SELECT `flights`.`id` AS `id`, `flights`.`delay` AS `n` FROM `a.flights` AS `flights`) AS `part` UNION ALL SELECT `seats` AS `id`, `id` AS `n` FROM (SELECT `flights`.`seats` AS `seats`, `flights`.`id` AS `id` FROM `a.flights` AS `flights`) AS `part`'],
  ['distinct rows of a query', 'SELECT DISTINCT q.* FROM (SELECT origin FROM a.flights) q', 'origin:string*', 'SELECT DISTINCT `q`.`origin` AS `origin` FROM (SELECT `flights`.`origin` AS `origin` FROM `a.flights` AS `flights`) AS `q`'],
]

const REFUSED: readonly (readonly [sql: string, clause: string, remedy: string, result?: string])[] = [
  ['SELECT id FROM a.nothing', 'a.nothing, which no Kafka port offers', 'offer it'],
  ["SELECT id, upper(origin) FROM a.flights", 'the function upper', 'offer that by a Kafka port'],
  ['SELECT id FROM a.flights WHERE now() > due', 'the function now', 'offer that'],
  ['SELECT id, tags FROM a.flights', 'the column tags, which is list<string>', 'leave it out'],
  ['SELECT * FROM a.flights', 'the column tags', 'leave it out'],
  ['SELECT id FROM a.flights WHERE speed > 1', 'floating numbers', 'how NaN compares differs'],
  ['SELECT origin AS id, sum(speed) AS s FROM a.flights GROUP BY origin', 'sum of floating numbers', 'not exact'],
  ['SELECT id, delay / seats AS q FROM a.flights', 'a division by what is not a whole number that is written out', 'work it out'],
  ['SELECT id, delay / 0 AS q FROM a.flights', 'a division', 'work it out'],
  ['SELECT id, delay // 2 AS q FROM a.flights', 'the function //', 'work it out'],
  ["SELECT id, date_trunc('month', due) AS m FROM a.flights", 'date_trunc to month', 'truncate to week'],
  ["SELECT id, time_bucket(interval '1 month', due) AS m FROM a.flights", "the interval '1 month'", 'no fixed length'],
  ["SELECT id, date_trunc('hour', day) AS m FROM a.flights", 'a time that is date', 'type timestamp'],
  ['SELECT id, CAST(seats AS INTEGER) AS m FROM a.flights', 'a cast of long to int', 'wraps in Flink'],
  ["SELECT id FROM a.flights WHERE due > '2026-02-30'", "the time '2026-02-30'", 'write it as'],
  ["SELECT id FROM a.flights WHERE origin LIKE 'a_'", 'LIKE with _', 'work it out'],
  ['SELECT id FROM a.flights WHERE delay = NULL', 'a comparison with NULL', 'IS NULL'],
  ['SELECT id FROM a.flights WHERE origin = delay', 'string beside int', 'cast one'],
  ['SELECT id FROM a.flights WHERE seats IN (SELECT id FROM a.flights)', 'a query within an expression', 'join it'],
  ['SELECT id, row_number() OVER (PARTITION BY origin ORDER BY id) AS n FROM a.flights', 'a window function', 'work it out'],
  ['SELECT id FROM a.flights LIMIT 3', 'LIMIT', 'by a condition'],
  ['SELECT id FROM a.flights JOIN a.airports USING (code)', 'USING', 'ON'],
  ['SELECT f.id FROM a.flights f LEFT JOIN (a.flights g SEMI JOIN a.airports a ON a.code = g.origin) ON g.id = f.seats', 'SEMI or ANTI JOIN within the right side', 'WITH query'],
  ["SELECT id, '${TULLE_SECRET_KAFKA}' AS s FROM a.flights", 'a text or name with $TULLE_ in it', 'write it otherwise', 'id:long*, s:string'],
  ["SELECT id AS \"$TULLE_SECRET_KAFKA\" FROM a.flights WHERE origin = '$TULLE_SECRET_KAFKA'", 'a text or name with $TULLE_ in it', 'write it otherwise', '$TULLE_SECRET_KAFKA:long*'],
  ['SELECT id FROM a.flights RIGHT JOIN a.airports ON code = origin', 'RIGHT JOIN', 'LEFT JOIN'],
  ['SELECT f.id FROM a.flights f JOIN a.flights g ON f.id = id', 'the column id, which more than one of the tables has', 'name it by its table'],
  ['SELECT id FROM a.flights UNION SELECT id FROM a.flights', 'UNION without ALL', 'UNION ALL'],
  ['WITH RECURSIVE x AS (SELECT id FROM a.flights UNION ALL SELECT id FROM x) SELECT id FROM x', 'RECURSIVE', 'work it out'],
  ['SELECT origin AS id FROM a.flights GROUP BY ROLLUP (origin)', 'ROLLUP', 'UNION ALL'],
  ['SELECT max(id) AS id FROM a.flights', 'an aggregate over everything', 'group'],
  ['SELECT DISTINCT id, speed FROM a.flights', 'floating numbers', 'decimal'],
  ['SELECT min(id) AS id FROM a.flights GROUP BY speed', 'floating numbers', 'decimal'],
  ['SELECT origin AS id, count(DISTINCT speed) AS n FROM a.flights GROUP BY origin', 'floating numbers', 'not exact'],
  ['SELECT id, delay + 1 AS delay FROM a.flights GROUP BY flights.id, flights.delay HAVING delay > 5', 'the name delay in HAVING, which is two things', 'by its table'],
  ['SELECT 1 AS id', 'a SELECT without FROM', 'work it out'],
  ['SELECT id FROM a.flights USING SAMPLE 3', 'a sample', 'work it out'],
  ['SELECT id, unnest(tags) AS t FROM a.flights', 'the column tags', 'leave it out'],
  ['SELECT seats FROM a.flights', 'the column id of its contract', 'name it by AS'],
  ['SELECT id, seats AS n FROM a.flights', 'its column n: long in a column of the type int', 'the type of the expression', 'id:long*, n:int'],
  ['SELECT id FROM a.flights', 'p.r.flink, whose contract has no primary key', 'primaryKey', 'id:long'],
  ['SELECT id, speed FROM a.flights', 'the column speed of p.r.flink, which is double', 'another key', 'id:long, speed:double*'],
]

describe('a statement for Flink', () => {
  it.each(SAME)('says %s', async (_, sql, result, flink) => expect(await query(sql, result)).toBe(flink))

  it.each(REFUSED.map(([sql, clause, remedy, result = 'id:long*']) => [sql, clause, remedy, result] as const))('is refused: %s', async (sql, clause, remedy, result) => {
    expect(await said(sql, result)).toMatchObject({ kind: 'refused', clause: expect.stringContaining(clause) as string, remedy: expect.stringContaining(remedy) as string })
  })

  it('stands behind the tables of its topics, each column as its messages have it, and casts to those of the contract', async () => {
    const made = await said("SELECT f.origin AS Origin, max(due) AS due, sum(delay) AS s FROM a.flights f GROUP BY 1", 'origin:string*, s:long, due:timestamp')
    expect(made.kind === 'refused' ? made : { ...made, tables: made.tables.map((table) => printTable(table)) }).toEqual({
      kind: 'statements',
      tables: [
        "CREATE TEMPORARY TABLE `a.flights` (\n  `id` BIGINT NOT NULL,\n  `origin` STRING,\n  `delay` INT,\n  `seats` BIGINT,\n  `fare` DECIMAL(10, 2),\n  `speed` DOUBLE,\n  `due` BIGINT COMMENT 'microseconds since 1970, UTC',\n  `day` DATE,\n  `late` BOOLEAN,\n  `said` BIGINT COMMENT 'microseconds since 1970, UTC',\n  PRIMARY KEY (`id`) NOT ENFORCED\n) WITH (\n  'connector' = 'upsert-kafka',\n  'topic' = 'a.flights'\n);",
        "CREATE TEMPORARY TABLE `p.r.flink` (\n  `origin` STRING NOT NULL,\n  `s` BIGINT,\n  `due` BIGINT COMMENT 'microseconds since 1970, UTC',\n  PRIMARY KEY (`origin`) NOT ENFORCED\n) WITH (\n  'connector' = 'upsert-kafka'\n);",
      ],
      insert: 'INSERT INTO `p.r.flink`\nSELECT `Origin` AS `origin`, CAST(`s` AS BIGINT) AS `s`, `due` AS `due` FROM (SELECT `f`.`origin` AS `Origin`, MAX(`f`.`due`) AS `due`, SUM(CAST(`f`.`delay` AS DECIMAL(38, 0))) AS `s` FROM `a.flights` AS `f` GROUP BY `f`.`origin`) AS `part`;',
    })
  })

  it('floors times as the engine does, before 1970 too, which a plain remainder would not', async () => {
    for (const [name, sql] of [['time_bucket', "time_bucket(interval '5 days', due)"], ['week', "date_trunc('week', due)"], ['hour', "date_trunc('hour', due)"]] as const) {
      const flink = (await query(`SELECT id, ${sql} AS t FROM a.flights`, 'id:long*')).replace(/^SELECT `flights`.`id` AS `id`, (?<said>.*) AS `t` FROM .*$/u, '$<said>')
      for (const at of ['1969-12-31 23:59:59.5', '1883-05-06 07:08:09', '2026-07-25 12:34:56.789012', '2000-01-03 00:00:00']) {
        const micros = `epoch_us(TIMESTAMP '${at}')`
        const [told] = await parser.texts(`SELECT CAST(${flink.replaceAll('`flights`.`due`', micros).replaceAll(/\bMOD\(/gu, 'mod(')} AS VARCHAR)`)
        const [engine] = await parser.texts(`SELECT CAST(epoch_us(${sql.replace(/\bdue\b/u, `TIMESTAMP '${at}'`)}) AS VARCHAR)`)
        expect(told, `${name} of ${at}`).toBe(engine)
        const [zoned] = await parser.texts(`SELECT CAST(epoch_us(${sql.replace(/\bdue\b/u, `TIMESTAMPTZ '${at}+00'`)}) AS VARCHAR)`)
        expect(zoned, `${name} of ${at} in UTC`).toBe(engine)
        if (at.startsWith('1969') && name === 'hour') expect((await parser.texts(`SELECT CAST(${micros} - mod(${micros}, 3600000000) AS VARCHAR)`))[0]).not.toBe(engine)
      }
    }
  })
})

describe('values for names', () => {
  const SASL = 'org.apache.kafka.common.security.scram.ScramLoginModule required username="tulle" password="${TULLE_SECRET_KAFKA}";'
  const table = { name: 't', head: 'CREATE TEMPORARY TABLE `t` (\n  `id` BIGINT\n)', options: { topic: '${TULLE_SECRET_KAFKA}', 'properties.bootstrap.servers': 'b:9092,${TULLE_SECRET_OTHER}', 'properties.sasl.jaas.config': SASL, 'value.avro-confluent.basic-auth.user-info': '${TULLE_SCHEMA_REGISTRY_USER_INFO}' } }
  const values = new Map([['TULLE_SECRET_KAFKA', `it's "the" \\ one $& ;`], ['TULLE_SCHEMA_REGISTRY_USER_INFO', `dora:'" \\`], ['TULLE_SECRET_OTHER', 'hunter2']])

  it('stand whole in what they are written into, quotes and backslashes too', () => {
    const filled = filledTable(table, values)
    expect(filled).toContain(`'properties.sasl.jaas.config' = 'org.apache.kafka.common.security.scram.ScramLoginModule required username="tulle" password="it''s \\"the\\" \\\\ one $& ;";'`)
    expect(filled).toContain(`'value.avro-confluent.basic-auth.user-info' = 'dora:''" \\'`)
    // Control: put there as it is, the first would end the text that it is in.
    expect(printTable(table).replace('${TULLE_SECRET_KAFKA}";', () => `${values.get('TULLE_SECRET_KAFKA')}";`)).toContain(`password="it's`)
  })

  it('go nowhere but where a secret belongs, whatever topics and addresses are called', () => {
    expect(namesIn([table])).toEqual(['TULLE_SCHEMA_REGISTRY_USER_INFO', 'TULLE_SECRET_KAFKA'])
    expect(filledTable(table, values)).toContain("'topic' = '${TULLE_SECRET_KAFKA}',\n  'properties.bootstrap.servers' = 'b:9092,${TULLE_SECRET_OTHER}'")
    expect(filledTable(table, values)).not.toContain('hunter2')
  })
})
