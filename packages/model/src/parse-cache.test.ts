// A second load costs what changed, and says the same as the first.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import fc from 'fast-check'
import type { Json } from '@tulle/kernel'
import { fileParseCache, loadMesh, memoryParseCache } from './index.ts'
import { exampleMesh, exampleMeshWith, findingsOf, generateMesh, literalModelReads } from './testing/index.ts'
import type { ParseCache } from './index.ts'
import type { FindModelReads, MeshFiles } from './types.ts'

const FLIGHTS = 'domains/operations/flights/product.yaml'
const DROP = 'capabilities/nightly-csv-drop.yaml'

/** Everything that a load says, in a form that compares. */
const said = (files: MeshFiles, cache: ParseCache = {}) => {
  const mesh = loadMesh(files, { modelReads: literalModelReads, cache })
  return { findings: findingsOf(mesh), mesh: mesh.ok ? JSON.stringify([...mesh.value.products.values()]) : undefined }
}

const STATES: readonly MeshFiles[] = [
  exampleMesh(),
  exampleMeshWith(FLIGHTS, 'team: ops', 'team: opss'),
  exampleMeshWith(FLIGHTS, 'title: Flights', 'title: All flights'),
  exampleMeshWith(FLIGHTS, 'data_product_owner', 'owner'),
  exampleMeshWith('domains/operations/flights/models/flights.sql', "ref('raw_flights')", "ref('nowhere')"),
  exampleMeshWith('domains/operations/flights/contracts/flights.odcs.yaml', 'name: delay', 'name: date'),
  exampleMeshWith(DROP, "delimiter: ';'", "delimiter: ','"),
  exampleMeshWith(DROP, 'presets: file-input-port', 'presets: no-such-type'),
  exampleMeshWith(DROP, 'required: [source_system]', 'required: [missing]'),
  exampleMesh({ [DROP]: 'a: [1' }),
  exampleMesh({ [DROP]: undefined }),
  exampleMesh({ 'domains/network/airports/product.yaml': undefined }),
  exampleMesh({ 'mesh.yaml': undefined }),
  exampleMeshWith('mesh.yaml', 'public, internal', 'open, internal'),
  exampleMeshWith('mesh.yaml', 'airport_iata, type: string', 'airport_iata, type: long'),
  exampleMeshWith('domains/operations/domain.yaml', 'title: Operations', 'title: Flying'),
  exampleMeshWith('domains/operations/domain.yaml', 'owner: ops', 'owner: network'),
  exampleMeshWith('teams/network.yaml', 'name: network', 'name: networks'),
  exampleMesh({ 'teams/ops.yaml': 'a: [1' }),
  exampleMeshWith('domains/network/airports/product.yaml', 'name: SQL port of airports', 'name: Another port'),
  exampleMeshWith('domains/network/airports/product.yaml', '- name: airports\n      type: data-set', '- name: fields\n      type: data-set'),
]

describe('a load with a cache', () => {
  it('says exactly what a load without one says, whatever was loaded before', () => {
    const cold = STATES.map((files) => said(files))
    fc.assert(
      fc.property(fc.array(fc.nat(STATES.length - 1), { minLength: 2, maxLength: 6 }), (visits) => {
        const cache = memoryParseCache()
        for (const visit of visits) expect(said(STATES[visit] ?? new Map(), cache)).toEqual(cold[visit])
      }),
      { numRuns: 30 },
    )
  })

  it('reads only the model that changed', () => {
    const read: string[] = []
    const modelReads: FindModelReads = (project) => {
      read.push(...(project.shown?.values() ?? []))
      return literalModelReads(project)
    }
    const cache = memoryParseCache()
    const files = generateMesh(20)
    loadMesh(files, { modelReads, cache })
    expect(read).toHaveLength(10)
    read.length = 0
    const path = 'domains/domain_0/product_3/models/rows_3.sql'
    loadMesh(new Map([...files, [path, `${files.get(path)}-- changed`]]), { modelReads, cache })
    expect(read).toEqual([path])
  })

  it('gives the very products of the last load again, save the one that changed', () => {
    const cache = memoryParseCache()
    const files = generateMesh(20)
    const path = 'domains/domain_0/product_3/product.yaml'
    const load = (mesh: MeshFiles) => {
      const loaded = loadMesh(mesh, { modelReads: literalModelReads, cache })
      return loaded.ok ? [...loaded.value.products.values()] : []
    }
    const before = load(files)
    const after = load(new Map([...files, [path, (files.get(path) ?? '').replace('Rows of', 'All rows of')]]))
    expect(after.filter((product, i) => product !== before[i]).map(({ name }) => name)).toEqual(['product_3'])
  })

  it('lets go of the folders of meshes that are loaded no more', () => {
    const cache = memoryParseCache()
    loadMesh(generateMesh(500), { cache })
    expect(cache.folders?.size).toBe(500)
    loadMesh(generateMesh(100), { cache })
    expect(cache.folders?.size).toBe(100)
  })
})

describe('a cache on disk', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tulle-cache-'))
  })
  afterEach(async () => {
    await rm(folder, { recursive: true })
  })

  it('gives the next process what the last one read', async () => {
    const path = join(folder, 'deep', 'cache.json')
    const first = await fileParseCache(path)
    const cold = said(exampleMesh(), first)
    await first.save()
    let asked = 0
    const second = await fileParseCache(path)
    const get = (key: string): Json | undefined => {
      asked += 1
      return second.documents.get(key)
    }
    const set = (): never => {
      throw new Error('Something was read anew.')
    }
    expect(said(exampleMesh(), { documents: { get, set } })).toEqual(cold)
    expect(asked).toBeGreaterThan(10)
  })

  it('keeps what was used last, and nothing older', async () => {
    const path = join(folder, 'cache.json')
    for (const key of ['a', 'b']) {
      const cache = await fileParseCache(path)
      cache.documents.set(key, 1)
      await cache.save()
    }
    const cache = await fileParseCache(path)
    expect([cache.documents.get('a'), cache.documents.get('b')]).toEqual([undefined, 1])
  })

  it.each([['', 'empty'], ['{"format":"other","entries":[["a",1]]}', 'foreign'], ['{"format":', 'cut short'], ['[]', 'of another shape']])('that is broken is an empty one: %j is %s', async (content) => {
    const path = join(folder, 'cache.json')
    await writeFile(path, content)
    const cache = await fileParseCache(path)
    expect(cache.documents.get('a')).toBeUndefined()
    cache.documents.set('a', 1)
    await cache.save()
    expect(await readFile(path, 'utf8')).toContain('"a"')
  })

  it('that cannot be written is no error', async () => {
    await writeFile(join(folder, 'file'), '')
    const cache = await fileParseCache(join(folder, 'file', 'cache.json'))
    cache.documents.set('a', 1)
    await expect(cache.save()).resolves.toBeUndefined()
  })
})
