// Drafts of contracts from formats that are no data: SQL and Protocol Buffers.

import { describe, expect, it } from 'vitest'
import type { Json } from '@tulle/kernel'
import { parseContracts } from '@tulle/model'
import { corpusFiles, readCorpus } from '@tulle/model/testing'
import { exportContract, importContract } from './contract-formats.ts'

type Obj = Readonly<Record<string, Json>>
const imported = (text: string, format: string): Obj => {
  const result = importContract(text, `given.${format}`, format)
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics))
  return result.value
}
const objectsOf = (text: string, format: string): Json => imported(text, format)['schema'] ?? null
const findingsOf = (text: string, format: string): readonly string[] => importContract(text, 'given', format).diagnostics.map(({ message, place }) => `${place?.line}:${place?.column} ${message}`)
const exported = (contract: Json, format: string): string => {
  const result = exportContract(contract, format)
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics))
  return result.value
}
const contract: Json = { apiVersion: 'v3.1.0', kind: 'DataContract', id: 'o', version: '1.0.0', status: 'active', schema: [
  { name: 'orders', description: "All o'rders", properties: [
    { name: 'id', logicalType: 'integer', required: true, primaryKey: true, primaryKeyPosition: 2 }, { name: 'paid on', logicalType: 'timestamp', logicalTypeOptions: { timezone: true }, description: 'When' },
    { name: 'line', logicalType: 'integer', physicalType: 'int', required: true, primaryKey: true, primaryKeyPosition: 1 }, { name: 'price', logicalType: 'number', physicalType: 'decimal(9,2)', unique: true },
  ] },
  { name: 'goods', properties: [{ name: 'sku', logicalType: 'string' }, { name: 'made', logicalType: 'date' }, { name: 'ok', logicalType: 'boolean' }] },
] }

describe('a contract from SQL', () => {
  it('has the tables, columns, types, keys, references and comments of a dump, and nothing else of it', () => {
    expect(objectsOf(`
      -- dumped
      SET search_path = public; /* not; a table */
      CREATE TYPE mood AS ENUM ('sad', 'ok');
      CREATE TABLE IF NOT EXISTS public.orders (
        id bigint NOT NULL DEFAULT nextval('a, (b)'::regclass),
        "Customer Id" INTEGER REFERENCES customers (id) ON DELETE CASCADE,
        price NUMERIC(9, 2) CHECK (price > 0), note character varying(80) DEFAULT 'it''s, fine', tags TEXT[], at timestamp with time zone, parts STRUCT<a INT, b ARRAY<INT>> NOT NULL,
        code CHAR(3) UNIQUE COMMENT 'Three letters', m mood,
        CONSTRAINT sane CHECK (id > 0)
      ) WITH (fillfactor = 70);
      CREATE INDEX ON orders (price);
      CREATE TABLE lines (order_id bigint, line int, sku text NOT NULL, PRIMARY KEY (order_id, line), CONSTRAINT f FOREIGN KEY (order_id) REFERENCES public.orders(id), FOREIGN KEY (sku, line) REFERENCES goods (sku, line));
      ALTER TABLE ONLY public.orders ADD CONSTRAINT orders_pkey PRIMARY KEY (id);
      COMMENT ON TABLE public.orders IS 'All; orders';
      COMMENT ON COLUMN public.orders.price IS 'In euro';
      INSERT INTO orders VALUES (1);
    `, 'sql')).toEqual([
      { name: 'orders', physicalName: 'orders', physicalType: 'table', description: 'All; orders', properties: [
        { name: 'id', logicalType: 'integer', physicalType: 'bigint', required: true, primaryKey: true, primaryKeyPosition: 1 },
        { name: 'Customer Id', logicalType: 'integer', physicalType: 'INTEGER' },
        { name: 'price', logicalType: 'number', physicalType: 'NUMERIC(9,2)', description: 'In euro' },
        { name: 'note', logicalType: 'string', physicalType: 'character varying(80)' },
        { name: 'tags', logicalType: 'string', physicalType: 'TEXT[]' },
        { name: 'at', logicalType: 'timestamp', physicalType: 'timestamp with time zone' },
        { name: 'parts', logicalType: 'string', physicalType: 'STRUCT<a INT, b ARRAY<INT>>', required: true },
        { name: 'code', logicalType: 'string', physicalType: 'CHAR(3)', unique: true, description: 'Three letters' },
        { name: 'm', logicalType: 'string', physicalType: 'mood' },
      ] },
      { name: 'lines', physicalName: 'lines', physicalType: 'table', properties: [
        { name: 'order_id', logicalType: 'integer', physicalType: 'bigint', primaryKey: true, primaryKeyPosition: 1, relationships: [{ to: 'orders.id' }] },
        { name: 'line', logicalType: 'integer', physicalType: 'int', primaryKey: true, primaryKeyPosition: 2 },
        { name: 'sku', logicalType: 'string', physicalType: 'text', required: true },
      ], relationships: [{ from: ['lines.sku', 'lines.line'], to: ['goods.sku', 'goods.line'] }] },
    ])
  })

  it('that we wrote gives the same SQL again', () => {
    const sql = exported(contract, 'sql')
    expect(exported(imported(sql, 'sql'), 'sql')).toBe(sql)
  })

  it.each([
    ['', '1:1 This is no SQL: it has no CREATE TABLE.'],
    ['CREATE TABLE t AS SELECT 1', '1:1 This is no SQL: it has no CREATE TABLE.'],
    ['SELECT 1;\nCREATE TABLE t (a);', '2:18 This is no SQL: this table cannot be read.'],
  ])('%j is told', (text, finding) => {
    expect(findingsOf(text, 'sql')).toEqual([finding])
  })
})

describe('a contract from Protocol Buffers', () => {
  it('has messages that nothing holds as objects, and the others within them', () => {
    expect(objectsOf(`
      // A licence.

      syntax = "proto3"; package shop.v1;
      import "file:///etc/passwd"; option java_package = "x";
      // One order.
      message Order {
        int64 id = 1; // not of the next
        /* Who
         * paid. */
        optional string who = 2 [deprecated = true];
        repeated Line lines = 3;
        map<string, int32> counts = 4;
        State state = 5;
        google.protobuf.Timestamp at = 6;
        oneof pay { bytes card = 7; .shop.v1.Cash cash = 8; }
        reserved 9, 10 to 12; reserved "old";
        message Line { required uint64 sku = 1; other.Thing thing = 2; }
        enum State { option allow_alias = true; OPEN = 0; CLOSED = 1; }
      }
      message Cash { double amount = 1; }
      service Orders { rpc Get (Order) returns (Order) { option x = "}"; } }
    `, 'protobuf')).toEqual([{ name: 'Order', description: 'One order.', properties: [
      { name: 'id', logicalType: 'integer' },
      { name: 'who', logicalType: 'string', description: 'not of the next\nWho\npaid.' },
      { name: 'lines', logicalType: 'array', items: { logicalType: 'object', properties: [{ name: 'sku', logicalType: 'number', physicalType: 'decimal(20, 0)', required: true }, { name: 'thing', logicalType: 'string' }] } },
      { name: 'counts', logicalType: 'object', physicalType: 'map<string, int32>' },
      { name: 'state', logicalType: 'string', quality: [{ metric: 'invalidValues', mustBe: 0, arguments: { validValues: ['OPEN', 'CLOSED'] } }] },
      { name: 'at', logicalType: 'timestamp', logicalTypeOptions: { timezone: true } },
      { name: 'card', logicalType: 'string', physicalType: 'binary' },
      { name: 'cash', logicalType: 'object', properties: [{ name: 'amount', logicalType: 'number' }] },
    ] }])
  })

  it('that we wrote has the same names and messages again', () => {
    const text = exported(contract, 'protobuf')
    expect(objectsOf(text, 'protobuf')).toMatchObject([{ name: 'Orders', description: "All o'rders", properties: [{ name: 'id' }, { name: 'paid_on', logicalType: 'timestamp' }, {}, {}] }, { name: 'Goods' }])
  })

  it.each([
    ['message A { A a = 1; }', 'the message A holds itself'],
    ['message A { B b = 1; } message B { A a = 1; }', 'the message A holds itself'],
    ['message A { int64 = 1; }', 'this field cannot be read'],
    ['message A { int64 a = 1;', 'a message does not end'],
    ['syntax = "proto3";', 'it has no message'],
    ['message A {'.repeat(30), 'messages lie deeper than 20 in each other'],
    [`${Array.from({ length: 8 }, (_, i) => `message M${i} { ${Array.from({ length: 10 }, (_f, f) => `M${i + 1} f${f} = ${f + 1};`).join(' ')} }`).join('\n')}`, 'its messages come to more than 20000 columns'],
  ])('%j is told', (text, why) => {
    expect(findingsOf(text, 'protobuf')[0]).toContain(why)
  })
})

describe('both', () => {
  it.each(['sql', 'protobuf'])('give contracts of the standard (%s)', (format) => {
    expect(parseContracts(exported(imported(exported(contract, format), format), 'odcs'), 'c.yaml').diagnostics).toEqual([])
  })

  it.each(['/*', "'", '"', '"\\', '[', '(', '{', 'message A {'])('read a long text of %j in time that grows with its length', (part) => {
    for (const format of ['sql', 'protobuf']) expect(importContract(part.repeat(Math.floor(150_000 / part.length)), 'given', format).ok).toBe(false)
  })

  const protos = corpusFiles('dpds/**/*.proto')
  it.skipIf(protos.length === 0)('read the example of the data product descriptor', () => {
    for (const path of protos) expect(imported(readCorpus(path), 'protobuf')['schema']).not.toEqual([])
  })
})
