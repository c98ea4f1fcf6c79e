// Statements over a table of many pieces. How many rows an engine is handed at a time decides which condition it tries first
// and where a LIMIT stops; each of these fails or does not by that, and no row that is seen makes it fail.

import { randomFrom } from '../random-from.ts'
import { chooser } from './expressions.ts'

const HUGE = '9223372036854775807'
/** True for no row that is seen. */
const NEVER = ['p.id < 0', 'p.n > 90', 'p.k > 100', "p.name = '('", 'random() < -1', 'p.id IS NULL', "p.code = 'zed'"]
/** Fails wherever it is computed, which the engine does not expect of it. */
const FAILING = [
  `left('abc', HUGE) = 'x'`, `left(p.name, HUGE) = 'x'`, `substring('abc', 1, HUGE) = 'x'`, `chr((HUGE % 2000000000)::INTEGER) = 'x'`, `to_base(HUGE, 99) = 'x'`,
  `date_diff('day', date '2020-01-01' - (HUGE % 7)::INTEGER, date 'infinity') = 1`, `regexp_replace('a', '(' || HUGE, 'b') = 'x'`, `hamming('a', 'ab' || HUGE) = 1`, `epoch_ms(HUGE) IS NULL`,
]
/** Never folded to a constant, and always this one. */
const OPAQUE = [`CASE WHEN random() < 2 THEN ${HUGE} END`, `CASE WHEN p.k < 100 THEN ${HUGE} END`, HUGE]

export function crowdStatement(seed: number, number: number): string {
  const random = randomFrom((seed * 1_000_003 + number * 104_729) >>> 0)
  const pick = chooser(random)
  const failing = pick(FAILING).replaceAll('HUGE', pick(OPAQUE))
  const never = pick(NEVER)
  const nth = 50 * Math.floor(random() * 300)
  switch (Math.floor(random() * 8)) {
    case 0: return `SELECT p.id FROM m.crowd p WHERE ${never} AND ${failing} LIMIT 3`
    case 1: return `SELECT count(*) FROM m.crowd p WHERE NOT (${never}) OR ${failing}`
    case 2: return `SELECT count(CASE WHEN ${never} AND ${failing} THEN 1 END) FROM m.crowd p`
    case 3: return `SELECT p.id FROM m.crowd p WHERE CAST(CASE WHEN p.id = ${nth} THEN 'x' ELSE '1' END AS INTEGER) = 1 LIMIT ${pick(['1', '5', '40'])}`
    case 4: return `SELECT count(*) FROM m.crowd p JOIN m.orders o ON p.id = o.pid WHERE (o.qty > 100 OR ${never}) AND ${failing}`
    case 5: return `SELECT p.k, count(*) FROM m.crowd p GROUP BY p.k HAVING count(*) < 0 AND ${failing.replaceAll('p.name', "'abc'").replaceAll('p.k < 100', 'p.k < 101')}`
    case 6: return `SELECT count(*) FROM (SELECT * FROM m.crowd LIMIT ${pick(['100', '5000', '17000'])}) p WHERE ${never} AND ${failing}`
    default: return `SELECT count(*) FROM m.crowd p WHERE ${never} AND ${failing}`
  }
}
