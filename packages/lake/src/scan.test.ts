// Scan planning beside brute force: whatever is left out holds no row that matches, and deletes hold for the files that the
// specification says.

import type { Result } from '@tulle/kernel'
import { memoryObjects } from '@tulle/objects'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AvroComplex, AvroSchema, AvroValue } from './avro-types.ts'
import type { DataFile, Field, FieldType, Lake, ManifestEntry, ManifestFile, Predicate, Schema, Table, Value } from './types.ts'
import { attachDeletes } from './attach-deletes.ts'
import { bytesOfValue, compareValues } from './value-bytes.ts'
import { createTable } from './create-table.ts'
import { ENTRY, manifestSchema } from './manifest-schema.ts'
import { mayTransform, parseTransform, transformValue } from './transform.ts'
import { memoryCatalog } from './memory-catalog.ts'
import { newDataPath } from './new-data-path.ts'
import { newManifest } from './new-manifest.ts'
import { openLake } from './open-lake.ts'
import { partitionColumns } from './partition-columns.ts'
import { planScan } from './scan.ts'
import { readManifest } from './manifest.ts'
import { stageAppend } from './stage-snapshot.ts'
import { valueOf as anyValue } from './testing/arbitraries.ts'
import { writeAvroFile } from './avro-file.ts'
import { writeManifestList } from './manifest-list.ts'

const NAME = { namespace: 'n', name: 't' }
const TYPES = ['boolean', 'int', 'long', 'float', 'double', 'date', 'time', 'timestamp', 'timestamptz', 'string', 'uuid', 'binary', 'decimal(9, 2)', 'fixed[2]'] as const
const TRANSFORMS = ['identity', 'bucket[3]', 'truncate[2]', 'truncate[10]', 'year', 'month', 'day', 'hour', 'void'] as const
type Row = readonly (Value | null)[]

async function newTable(fields: readonly (readonly [transform: string, sourceId: number])[], types: readonly string[] = TYPES): Promise<{ lake: Lake; table: Table }> {
  const lake = openLake({ catalog: memoryCatalog(), objects: memoryObjects() })
  const table = valueOf(await createTable(lake, { name: NAME, folder: 'p', columns: types.map((type, i) => ({ name: `c${i + 1}`, type })) }))
  const partitionSpecs = [{ specId: 0, fields: fields.map(([transform, sourceId], i) => ({ name: `p${i}`, transform, sourceIds: [sourceId], fieldId: 1000 + i })) }]
  return { lake, table: { ...table, metadata: { ...table.metadata, partitionSpecs } } }
}

describe('pruning', () => {
  const DAY = 86_400_000_000n
  // Small ranges, so that values meet; and the ends of types, where transforms wrap or round.
  const near: Readonly<Record<string, fc.Arbitrary<Value>>> = {
    int: fc.oneof(fc.integer({ min: -25, max: 25 }), fc.constantFrom(-(2 ** 31), 2 ** 31 - 1)),
    long: fc.oneof(fc.bigInt({ min: -25n, max: 25n }), fc.constantFrom(-(2n ** 63n), 2n ** 63n - 1n)),
    float: fc.constantFrom(-0, 0, 0.5, -1, Number.NaN, Infinity, -Infinity), double: fc.constantFrom(-0, 0, 0.5, -1, Number.NaN, Infinity, -Infinity),
    date: fc.integer({ min: -40, max: 40 }), time: fc.bigInt({ min: 0n, max: 20n }), timestamp: fc.bigInt({ min: -3n, max: 3n }).map((d) => d * DAY / 2n),
    timestamptz: fc.bigInt({ min: -400n, max: 400n }).map((d) => d * DAY), string: fc.stringMatching(/^[abc]{0,4}$/u), 'decimal(9, 2)': fc.bigInt({ min: -25n, max: 25n }),
  }
  // The hours of the farthest times, and the least decimals truncated, fit no partition value.
  const far = (type: string): fc.Arbitrary<Value> => {
    const limit = type.startsWith('timestamp') ? 2n ** 61n : type === 'decimal(9, 2)' ? 999_999_900n : undefined
    return limit === undefined ? anyValue(type) : fc.bigInt({ min: -limit, max: limit })
  }
  const valueFor = (type: string): fc.Arbitrary<Value> => fc.oneof(near[type] ?? far(type), far(type)).map((v) => (type === 'float' ? Math.fround(v as number) : v))
  const row: fc.Arbitrary<Row> = fc.tuple(...TYPES.map((type) => fc.option(valueFor(type), { freq: 4 })))
  const column = fc.nat({ max: TYPES.length - 1 })
  const leaf: fc.Arbitrary<Predicate> = column.chain((i): fc.Arbitrary<Predicate> => {
    const [fieldId, value] = [i + 1, valueFor(TYPES[i] ?? '')]
    return fc.oneof<fc.Arbitrary<Predicate>[]>(
      fc.record({ kind: fc.constant('compare' as const), fieldId: fc.constant(fieldId), operator: fc.constantFrom('=' as const, '!=' as const, '<' as const, '<=' as const, '>' as const, '>=' as const), value }),
      fc.record({ kind: fc.constant('in' as const), fieldId: fc.constant(fieldId), values: fc.array(value, { maxLength: 3 }) }),
      fc.record({ kind: fc.constantFrom('is-null' as const, 'is-not-null' as const), fieldId: fc.constant(fieldId) }),
      ...(TYPES[i] === 'string' ? [fc.record({ kind: fc.constant('starts-with' as const), fieldId: fc.constant(fieldId), prefix: fc.stringMatching(/^[abc]{0,3}$/u) })] : []),
    )
  })
  const predicate = fc.letrec<{ p: Predicate }>((tie) => ({
    p: fc.oneof({ depthSize: 'small' }, leaf, fc.record({ kind: fc.constantFrom('and' as const, 'or' as const), of: fc.array(tie('p'), { minLength: 1, maxLength: 3 }) })),
  })).p
  const fields = fc.array(fc.tuple(fc.constantFrom(...TRANSFORMS), column.map((i) => i + 1)), { maxLength: 3 })
    .map((list) => list.filter(([text, id]) => mayTransform(valueOf(parseTransform(text)), TYPES[id - 1] ?? '')))

  /** NaN is false to some engines and the greatest number to others; a file must stay for either. */
  const matches = (p: Predicate, of: Row): boolean => {
    if ('of' in p) return p.of[p.kind === 'and' ? 'every' : 'some']((part) => matches(part, of))
    const value = of[p.fieldId - 1] ?? null
    if (p.kind === 'is-null') return value === null
    if (value === null) return false
    switch (p.kind) {
      case 'is-not-null':
        return true
      case 'in':
        return p.values.some((v) => equal(v, value))
      case 'starts-with':
        return String(value).startsWith(p.prefix)
      case 'compare': {
        const order = equal(value, p.value) ? 0 : compareValues(value, p.value)
        return { '=': order === 0, '!=': order !== 0, '<': order < 0, '<=': order <= 0, '>': order > 0, '>=': order >= 0 }[p.operator]
      }
    }
  }
  const equal = (a: Value, b: Value): boolean => a === b || compareValues(a, b) === 0

  const fileOf = (lake: Lake, table: Table, rows: readonly Row[], partition: Row, stats: boolean): DataFile => {
    const ids = TYPES.map((_, i) => i + 1)
    const values = (id: number): Value[] => rows.map((r) => r[id - 1] ?? null).filter((v): v is Value => v !== null)
    const bound = (id: number, sign: number): readonly (readonly [number, Uint8Array])[] => {
      const [first] = values(id).filter((v) => !Number.isNaN(v)).toSorted((a, b) => sign * compareValues(a, b))
      return first === undefined ? [] : [[id, bytesOfValue(TYPES[id - 1] ?? '', first)]]
    }
    return {
      path: lake.objects.address(newDataPath(lake, table)), rows: rows.length, bytes: 10, ...(partition.length > 0 && { partition }),
      ...(stats && {
        valueCounts: new Map(ids.map((id) => [id, rows.length])), nullCounts: new Map(ids.map((id) => [id, rows.length - values(id).length])),
        lowerBounds: new Map(ids.flatMap((id) => bound(id, 1))), upperBounds: new Map(ids.flatMap((id) => bound(id, -1))),
      }),
    }
  }

  it('never leaves out a file that holds a matching row', async () => {
    const counted = { files: 0, left: 0, fruitless: 0 }
    await fc.assert(fc.asyncProperty(fields, fc.array(fc.array(row, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 3 }), fc.boolean(), predicate, async (spec, commits, stats, filter) => {
      const fresh = await newTable(spec)
      const { lake } = fresh
      let { table } = fresh
      const [first] = table.metadata.partitionSpecs
      const columns = partitionColumns(first ?? { specId: 0, fields: [] }, table.metadata)
      const rowsOf = new Map<string, readonly Row[]>()
      for (const rows of commits) {
        const groups = Map.groupBy(rows, (r) => JSON.stringify(partitionOf(r).map((v) => (v instanceof Uint8Array ? [...v] : typeof v === 'object' ? v : `${v}`))))
        const files = [...groups.values()].map((group) => {
          const file = fileOf(lake, table, group, partitionOf(group[0] ?? []), stats)
          rowsOf.set(file.path, group)
          return file
        })
        table = valueOf(await stageAppend(lake, table, { files })).table
      }
      const scan = valueOf(await planScan(lake, table, { filter }))
      const planned = new Set(scan.files.map((f) => f.file.path))
      for (const [path, rows] of rowsOf) if (rows.some((r) => matches(filter, r))) expect(planned).toContain(path)
      expect(scan.skipped.files).toBe(rowsOf.size - planned.size)
      counted.files += rowsOf.size
      counted.left += scan.skipped.files
      counted.fruitless += [...rowsOf].filter(([, rows]) => !rows.some((r) => matches(filter, r))).length

      function partitionOf(r: Row): Row {
        return columns.map(({ known }) => (known === undefined ? null : transformValue(known.transform, known.sourceType, r[known.sourceId - 1] ?? null)))
      }
    }), { numRuns: 400 })
    // The control: a planner that leaves nothing out would pass all of the above.
    expect(counted.left).toBeGreaterThan(counted.fruitless * 0.25)
  })

  it.each<readonly [transform: string, type: string, values: readonly (Value | null)[], filter: object, kept: readonly number[]]>([
    ['identity', 'string', ['a', 'b', null], { operator: '=', value: 'b' }, [1]],
    ['identity', 'string', ['a', 'b', null], { operator: '!=', value: 'b' }, [0]],
    ['identity', 'string', ['a', 'b', null], { kind: 'is-null' }, [2]],
    ['identity', 'string', ['ab', 'b', null], { kind: 'starts-with', prefix: 'a' }, [0]],
    ['identity', 'double', [1, Number.NaN, null], { operator: '>', value: 2 }, [1]],
    ['bucket[1000]', 'int', [1, 2, 3, null], { operator: '=', value: 2 }, [1]],
    ['bucket[1000]', 'int', [1, 2, 3, null], { operator: '<', value: 2 }, [0, 1, 2]],
    ['bucket[1000]', 'int', [1, 2, 3, null], { kind: 'in', values: [1, 3] }, [0, 2]],
    ['truncate[10]', 'int', [0, 10, 20], { operator: '<', value: 10 }, [0]],
    ['truncate[10]', 'int', [0, 10, 20], { operator: '<=', value: 10 }, [0, 1]],
    ['truncate[10]', 'int', [0, 10, 20], { operator: '>', value: 19 }, [2]],
    ['truncate[10]', 'int', [-(2 ** 31), 0, 10], { operator: '<', value: 5 }, [0, 1]],
    ['truncate[10]', 'int', [-(2 ** 31), 0, 10], { operator: '>=', value: -(2 ** 31) }, [0, 1, 2]],
    ['truncate[2]', 'string', ['ab', 'ac', 'b'], { kind: 'starts-with', prefix: 'abc' }, [0]],
    ['truncate[2]', 'string', ['ab', 'ac', 'b'], { kind: 'starts-with', prefix: 'a' }, [0, 1]],
    ['day', 'timestamp', [0n, DAY, 2n * DAY], { operator: '<', value: DAY }, [0]],
    ['day', 'timestamp', [0n, DAY, 2n * DAY], { operator: '=', value: DAY + 5n }, [1]],
    ['month', 'date', [0, 31, 59], { operator: '>=', value: 58 }, [1, 2]],
    // A day before 1970 may have been filed one too late.
    ['day', 'timestamp', [-2n * DAY, -DAY, 0n], { operator: '=', value: -2n * DAY }, [0, 1]],
    ['void', 'int', [1, 2], { operator: '=', value: 1 }, [0, 1]],
    ['void', 'int', [1, 2], { kind: 'is-null' }, [0, 1]],
    ['day', 'date', [1, 2, null], { operator: '!=', value: 1 }, [0, 1]],
    ['a transform of tomorrow', 'int', [], { operator: '=', value: 1 }, []],
  ])('by %s of %s %o with %o keeps the partitions %o', async (text, type, values, filter, kept) => {
    const { lake, table } = await newTable([[text, 1]], [type])
    const parsed = parseTransform(text)
    const files = parsed.ok ? values.map((v): DataFile => ({ path: lake.objects.address(newDataPath(lake, table)), rows: 1, bytes: 1, partition: [transformValue(parsed.value, type, v)] })) : []
    const staged = valueOf(await stageAppend(lake, table, { files }))
    const scan = valueOf(await planScan(lake, staged.table, { filter: { kind: 'compare', fieldId: 1, ...filter } as Predicate }))
    expect(scan.files.map((f) => files.findIndex((file) => file.path === f.file.path)).toSorted()).toEqual(kept)
  })

  it('opens no manifest whose partitions rule the filter out', async () => {
    const { lake, table } = await newTable([['identity', 1]], ['int'])
    let now = table
    for (const value of [1, 2, 3]) now = valueOf(await stageAppend(lake, now, { files: [{ path: lake.objects.address(newDataPath(lake, now)), rows: 1, bytes: 1, partition: [value] }] })).table
    const read: string[] = []
    const watched: Lake = { ...lake, objects: { ...lake.objects, read: (address, ...rest) => {
      read.push(address)
      return lake.objects.read(address, ...rest)
    } } }
    const scan = valueOf(await planScan(watched, now, { filter: { kind: 'compare', fieldId: 1, operator: '=', value: 2 } }))
    expect(scan.files.map((f) => f.file.partition)).toEqual([[2]])
    expect(scan.skipped).toEqual({ files: 2, bytes: 0 })
    expect(read.filter((address) => /-m\d+\.avro$/u.test(address))).toHaveLength(1)
  })

  it('concludes nothing from values of another type than the column’s', async () => {
    const { lake, table } = await newTable([['identity', 1]], ['int'])
    const staged = valueOf(await stageAppend(lake, table, { files: [{ path: lake.objects.address(newDataPath(lake, table)), rows: 1, bytes: 1, partition: [7] }] }))
    for (const value of ['1', 1n, true, Uint8Array.of(1), 1.5]) {
      expect(valueOf(await planScan(lake, staged.table, { filter: { kind: 'compare', fieldId: 1, operator: '=', value } })).files).toHaveLength(1)
    }
    expect(valueOf(await planScan(lake, staged.table, { filter: { kind: 'compare', fieldId: 1, operator: '=', value: 1 } })).files).toHaveLength(0)
  })
})

describe('deletes', () => {
  interface Given { readonly sequence: number; readonly partition?: number; readonly specId?: number; readonly file: Partial<DataFile> }
  const PATH_ID = 2_147_483_546

  /** A table of two specs, unpartitioned (0) and by the int column (1), whose snapshot names the given files. */
  async function scanOf(given: readonly Given[], filter?: Predicate): Promise<Readonly<Record<string, readonly string[]>>> {
    const { lake, table: fresh } = await newTable([], ['int'])
    const partitionSpecs = [{ specId: 0, fields: [] }, { specId: 1, fields: [{ name: 'p', transform: 'identity', sourceIds: [1], fieldId: 1000 }] }]
    const table: Table = { ...fresh, metadata: { ...fresh.metadata, partitionSpecs } }
    const folder = valueOf(lake.objects.pathOf(table.location))
    const listed: ManifestFile[] = []
    for (const [i, { sequence, partition, specId = 0, file }] of given.entries()) {
      const whole = { rows: 1, bytes: 1, specId, ...(specId === 1 && { partition: [partition ?? null] }), ...file, path: `${table.location}/data/${file.path ?? ''}` }
      const made = valueOf(newManifest(lake, table.metadata, [{ status: 'added', snapshotId: '1', file: whole }], {
        path: `${folder}/metadata/m${i}.avro`, specId, content: (file.content ?? 'data') === 'data' ? 'data' : 'deletes', snapshot: { id: '1', sequenceNumber: sequence },
      }))
      valueOf(await lake.objects.create(made.object.path, made.object.bytes))
      listed.push(made.listed)
    }
    const manifestList = valueOf(await lake.objects.create(`${folder}/metadata/list.avro`, writeManifestList(listed, { id: '1', sequenceNumber: 9 })))
    const snapshot = { id: '1', sequenceNumber: 9, timestamp: 1, summary: {}, manifestList }
    const scan = valueOf(await planScan(lake, { ...table, currentSnapshot: snapshot }, filter === undefined ? {} : { filter }))
    const name = (path: string): string => path.slice(table.location.length + '/data/'.length)
    return Object.fromEntries(scan.files.map((f) => [name(f.file.path), f.deletes.map((d) => name(d.path))]))
  }
  const data = (sequence: number, path: string, partition?: number): Given => ({ sequence, file: { path }, ...(partition !== undefined && { partition, specId: 1 }) })
  const deletes = (sequence: number, path: string, content: 'position-deletes' | 'equality-deletes', rest: Partial<Given> & { readonly more?: Partial<DataFile> } = {}): Given =>
    ({ sequence, file: { path, content, ...rest.more }, ...(rest.partition !== undefined && { partition: rest.partition, specId: 1 }) })

  it('by position hold for files up to their own sequence number, by equality for older ones only', async () => {
    expect(await scanOf([data(1, 'old'), data(2, 'same'), data(3, 'new'), deletes(2, 'p', 'position-deletes'), deletes(2, 'e', 'equality-deletes')])).toEqual({
      old: ['e', 'p'], same: ['p'], new: [],
    })
  })

  it('hold in their own partition; by equality, without a partition, everywhere', async () => {
    expect(await scanOf([
      data(1, 'one', 1), data(1, 'two', 2), data(1, 'plain'), deletes(2, 'p1', 'position-deletes', { partition: 1 }), deletes(2, 'e1', 'equality-deletes', { partition: 1 }),
      deletes(2, 'p', 'position-deletes'), deletes(2, 'e', 'equality-deletes'),
    ])).toEqual({ one: ['e', 'p1', 'e1'], two: ['e'], plain: ['e', 'p'] })
  })

  it('by position are left out where they name no such file', async () => {
    const bounds = (path: string): Partial<DataFile> => ({ lowerBounds: new Map([[PATH_ID, Buffer.from(path)]]), upperBounds: new Map([[PATH_ID, Buffer.from(path)]]) })
    const scan = await scanOf([data(1, 'a'), data(1, 'b'), deletes(2, 'x', 'position-deletes', { more: bounds('zzz') })])
    expect(scan).toEqual({ a: [], b: [] })
    expect(await scanOf([data(1, 'a'), deletes(2, 'x', 'position-deletes', { more: { lowerBounds: new Map([[PATH_ID, Uint8Array.of(0xff)]]) } })])).toEqual({ a: ['x'] })
    expect(await scanOf([data(1, 'a'), deletes(2, 'x', 'position-deletes', { more: { referencedDataFile: 'memory:///other' } })])).toEqual({ a: [] })
  })

  it('go with the data files that a filter leaves out, and are not pruned by the bounds of their own columns', async () => {
    const filter: Predicate = { kind: 'compare', fieldId: 1, operator: '=', value: 1 }
    const far = new Map([[1, bytesOfValue('int', 50)]])
    expect(await scanOf([
      data(1, 'one', 1), data(1, 'two', 2), deletes(2, 'e1', 'equality-deletes', { partition: 1, more: { lowerBounds: far, upperBounds: far } }), deletes(2, 'e2', 'equality-deletes', { partition: 2 }),
      deletes(2, 'e', 'equality-deletes'),
    ], filter)).toEqual({ one: ['e', 'e1'] })
  })
})

describe('a table of format v3', () => {
  const withField = async (field: Partial<Field>): Promise<Result<unknown>> => {
    const { lake, table } = await newTable([], ['int'])
    const schema: Schema = { schemaId: 0, fields: [{ id: 1, name: 'a', required: false, type: 'int' }, { id: 2, name: 'b', required: false, type: 'int', ...field }] }
    return planScan(lake, { ...table, schema, schemas: [schema] })
  }
  const inside = (type: FieldType): FieldType => ({ type: 'list', elementId: 3, elementRequired: false, element: type })

  it.each<readonly [what: string, field: Partial<Field>, message: string]>([
    ['timestamptz_ns', { type: 'timestamptz_ns' }, 'The column "b" is timestamptz_ns, which cannot be read yet.'],
    ['a variant in a list', { type: inside('variant') }, 'The column "b.element" is variant, which cannot be read yet.'],
    ['a geometry', { type: 'geometry(srid:4326)' }, 'The column "b" is geometry(srid:4326), which cannot be read yet.'],
    ['a default inside a struct', { type: inside({ type: 'struct', fields: [{ id: 4, name: 'x', required: false, type: 'int', carried: { 'initial-default': 1 } }] }) }, 'The column "b" is list<struct<x: int>> with a default, which cannot be read yet.'],
  ])('with %s is refused', async (_, field, message) => {
    expect(await withField(field)).toMatchObject({ ok: false, diagnostics: [{ code: 'column-type-unsupported', message }] })
  })

  it.each<readonly [what: string, field: Partial<Field>]>([['timestamp_ns', { type: 'timestamp_ns' }], ['a default of a column', { carried: { 'initial-default': 7 } }], ['a default that is null', { type: inside('int'), carried: { 'initial-default': null } }]])('with %s is read', async (_, field) => {
    expect(await withField(field)).toMatchObject({ ok: true })
  })

  it('has deletion vectors, which stand in for the position deletes of their file', async () => {
    const v3: AvroSchema = manifestSchema({ type: 'record', name: 'r102', fields: [] })
    const file = ((v3 as AvroComplex).fields?.at(-1)?.type as AvroComplex)
    const schema: AvroSchema = { ...(v3 as AvroComplex), fields: [...((v3 as AvroComplex).fields ?? []).slice(0, -1), { name: 'data_file', 'field-id': ENTRY.file, type: { ...file, fields: [
      ...(file.fields ?? []), { name: 'content_offset', type: ['null', 'long'], 'field-id': ENTRY.contentOffset }, { name: 'content_size_in_bytes', type: ['null', 'long'], 'field-id': ENTRY.contentSize },
    ] } }] }
    const entry = (more: readonly (readonly [number, AvroValue])[]): Uint8Array => writeAvroFile(schema, [new Map<number, AvroValue>([[ENTRY.status, 1], [ENTRY.snapshotId, 1], [ENTRY.file, new Map<number, AvroValue>([
      [ENTRY.content, 1], [ENTRY.path, 'd'], [ENTRY.format, 'PUFFIN'], [ENTRY.partition, new Map()], [ENTRY.rows, 2], [ENTRY.bytes, 9], ...more,
    ])]])], {})
    const listed: ManifestFile = { path: 'm', bytes: 1, specId: 0, content: 'deletes', sequenceNumber: 2, minSequenceNumber: 2, addedSnapshotId: '1' }
    const vector = valueOf(readManifest(entry([[ENTRY.referencedDataFile, 'memory:/x'], [ENTRY.contentOffset, 4], [ENTRY.contentSize, 40]]), listed, []))
    expect(vector[0]?.file).toMatchObject({ content: 'position-deletes', vector: { offset: 4, bytes: 40 }, referencedDataFile: 'memory:/x' })
    expect(readManifest(entry([[ENTRY.contentOffset, 4], [ENTRY.contentSize, 40]]), listed, [])).toMatchObject({ ok: false, diagnostics: [{ message: 'm is not a manifest of this format: a deletion vector names no data file.' }] })
    const { lake, table } = await newTable([], ['int'])
    const of = (path: string, more: Partial<Omit<ManifestEntry, 'file'>> & { readonly file?: Partial<DataFile> }): ManifestEntry =>
      ({ status: 'added', snapshotId: '1', sequenceNumber: 1, fileSequenceNumber: 1, content: 'position-deletes', format: 'parquet', ...more, file: { path, rows: 1, bytes: 1, specId: 0, ...more.file } })
    const deletes = [of('older', {}), of('equal', { content: 'equality-deletes', sequenceNumber: 2, file: { content: 'equality-deletes' } }), ...vector]
    const attached = attachDeletes(lake, table, [of('memory:/x', { content: 'data' }), of('memory:/y', { content: 'data' })], deletes)
    expect(attached.map((f) => f.deletes.map((d) => d.path))).toEqual([['equal', 'd'], ['equal', 'older']])
  })
})

function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.diagnostics.map((d) => `${d.code}: ${d.message}`).join('\n'))
  return result.value
}
