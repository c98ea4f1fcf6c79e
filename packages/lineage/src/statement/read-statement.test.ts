// What flows and what only decides, told apart; `direct | indirect | rows` of each statement.

import { beforeAll, describe, expect, it } from 'vitest'
import { duckdbParser } from '@tulle/sql/testing'
import type { DuckdbParser } from '@tulle/sql/testing'
import type { Tree } from '@tulle/sql'
import type { StatementLineage } from '../types.ts'
import { lineageOf } from './read-statement.ts'

const TABLES: Readonly<Record<string, readonly string[]>> = { t: ['a', 'b', 'c'], u: ['a', 'd'] }

let parser: DuckdbParser
beforeAll(async () => {
  parser = await duckdbParser()
})

async function tree(sql: string): Promise<Tree> {
  const parsed = await parser.parse(sql)
  if (!parsed.ok) throw new Error(parsed.diagnostics[0]?.message)
  return parsed.value
}

const read = async (sql: string): Promise<StatementLineage> =>
  lineageOf(await tree(sql), { columnsOf: ({ name }) => TABLES[name]?.map((column) => ({ name: column })), macros: new Map([
    ['plus', { parameters: ['x', 'y'], body: 'x + y', tree: await tree('select x + y') }],
    ['late', { parameters: ['least'], body: 'from t where b > least', tree: await tree('select a, b from t where b > least') }],
  ]) })

const SHORT = { identity: '', transformation: '~', aggregation: 'Σ' }

/** `x=~t.a,t.b<window:t.c`, and the rows behind `|`. */
const print = ({ columns, rows }: StatementLineage): string =>
  `${columns.map(({ name, direct, indirect }) => `${name}=${direct.map((one) => `${SHORT[one.how]}${one.name}.${one.column}`).join(',')}${indirect.map((one) => `<${one.by.join('+')}:${one.name}.${one.column}`).join('')}`).join(' ')}${rows.length === 0 ? '' : ` | ${rows.map((one) => `${one.by.join('+')}:${one.name}.${one.column}`).join(' ')}`}`

describe('lineage of a statement', () => {
  it.each([
    ['select a, b + 1 as n from t', 'a=t.a n=~t.b'],
    ['select sum(a) as s from t where b > 1', 's=Σt.a | filter:t.b'],
    ['select a, sum(b) as s from t group by a order by c', 'a=t.a s=Σt.b | group:t.a order:t.c'],
    ['select b, d from t join u using (a)', 'b=t.b d=u.d | join:t.a join:u.a'],
    ['select case when a > 1 then b else c end as x from t', 'x=~t.b,~t.c<condition:t.a'],
    ['select row_number() over (partition by a order by b) as n from t', 'n=<window:t.a<window:t.b'],
    ['select * exclude (a) replace (a as b) from t', 'b=t.a c=t.c'],
    ['with x as (select a as k, b from t) select k from x where b = 1', 'k=t.a | filter:t.b'],
    ['select a from t union select d from u', 'a=t.a,u.d | group:t.a group:u.d'],
    ['select a from t union all select d from u', 'a=t.a,u.d'],
    ['select a from t except select d from u', 'a=t.a | group:t.a filter:u.d'],
    ['select {\'x\': a, \'y\': b}.y as y from t', 'y=t.b'],
    ['select list_transform([a], v -> v + b) as l from t', 'l=~t.a,~t.b'],
    ['select plus(a, c) as p from t', 'p=~t.a,~t.c'],
    ['select * from late(3)', 'a=t.a b=t.b | filter:t.b'],
    ['from t pivot (sum(b) for c in (1, 2) group by a)', 'a=t.a 1=Σt.b<condition:t.c 2=Σt.b<condition:t.c | group:t.a'],
    ['unpivot t on b, c into name k value v', 'a=t.a k= v=t.b,t.c | filter:t.b filter:t.c'],
    ['select (select max(d) from u where u.a = t.a) as m from t', 'm=Σu.d<filter:t.a<filter:u.a'],
    ['select x.v from t, lateral (select t.b * 2 as v) x', 'v=~t.b'],
    ['with recursive r as (select a, b from t union all select r.b, r.b from r where r.b > 1) select a from r', 'a=t.a,t.b | filter:t.b'],
    ['select * from nobody', '*=nobody.*'],
    ['select k from (select * from nobody)', 'k=nobody.k'],
    ['select * from t at (version => 3)', 'a=t.a b=t.b c=t.c'],
    ['select 1 as one', 'one='],
  ])('%s', async (sql, expected) => {
    const lineage = await read(sql)
    expect(print(lineage)).toBe(expected)
    expect(lineage.guesses).toEqual([])
  })

  it.each([
    ['select x from nobody, noone', ['"x" may be of several tables.']],
    ['select z from t', ['Nobody knows "z".']],
    ['select columns(n -> hash(n) > 3) from t', ['Which columns a COLUMNS chooses cannot be told.']],
  ])('says what it guesses: %s', async (sql, guesses) => {
    expect((await read(sql)).guesses).toEqual(guesses)
  })

  it('ends on macros that call themselves, and on statements without an end', async () => {
    const around = await tree('select loop(x) + 1')
    const lineage = lineageOf(await tree('select loop(a) as l from t'), { columnsOf: () => undefined, macros: new Map([['loop', { parameters: ['x'], body: 'loop(x) + 1', tree: around }]]) })
    expect(lineage.guesses).toEqual(['The statement is nested too deeply to be read whole.'])
  })
})
