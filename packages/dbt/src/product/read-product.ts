// A dbt project in a product's folder to what the mesh has to know of it before anything runs: which data sets it fills, what
// each of them reads from outside, and what its code is.

import type { Diagnostic, Place, Result } from '@tulle/kernel'
import { fail, fingerprintOf, resultOf } from '@tulle/kernel'
import { stateOf } from '../graph/state.ts'
import type { State } from '../graph/state.ts'
import { placeOf } from '../jinja/limits.ts'
import { messages } from '../messages.ts'
import { plainCalls } from '../project/find-uses.ts'
import { ProjectMemory } from '../project/memory.ts'
import { replacePrograms } from '../programs/replace-programs.ts'
import type { Program } from '../programs/types.ts'
import { readProject } from '../project/read-project.ts'
import type { Node, Project, ProjectFiles } from '../types.ts'
import { meshSettings, portOf } from './address.ts'
import { nodesOfDataSets, workOf } from './data-sets.ts'

/** A project as its product declares it. */
export interface ProductProject {
  readonly product: string
  /** From the mesh folder, with a slash at the end. */
  readonly folder: string
  /** By path from that folder. */
  readonly files: ProjectFiles
  /** Where files of models without a project are in the mesh folder. */
  readonly shown?: ReadonlyMap<string, string>
  readonly dataSets: readonly { readonly name: string; readonly filled: boolean }[]
  readonly ports: readonly string[]
}

export interface ProductRead { readonly product?: string; readonly name: string; readonly place: Place }

/** `refs` are data sets that no node between makes, `sources` are ports. */
export interface ProductReads { readonly refs: readonly ProductRead[]; readonly sources: readonly ProductRead[] }

/** `program` is what a model is that is no SQL. */
export interface ProductModel extends ProductReads { readonly file: string; readonly text: string; readonly fingerprint: string; readonly place: Place; readonly program?: Program }

export interface ReadProduct {
  readonly models: Readonly<Record<string, ProductModel>>
  /** What tests read besides. */
  readonly tests: ProductReads & { readonly fingerprint: string }
}

// Data sets are found anew at the run; while reading, only what must be wrong is wrong.
const AT_READING = new Date(0)

/** Pure. Places are in the mesh folder. */
export function readProductProject(given: ProductProject, memory = new ProjectMemory()): Result<ReadProduct> {
  const { product, ports } = given
  const plain = given.shown !== undefined
  // Only models without a project around them may be programs.
  const replaced = plain ? replacePrograms(given.files) : undefined
  const shownAs = (file: string): string => given.shown?.get(file) ?? `${given.folder}${file}`
  const inFolder = (file: string): string => shownAs((replaced?.ok === true ? replaced.value.written.get(file) : undefined) ?? file)
  const filled = new Set(given.dataSets.filter((one) => one.filled).map((one) => one.name))
  // Of a plain model the mesh itself says that a name leads nowhere.
  const isPort = (name: string): boolean => plain || ports.includes(name)
  const inMesh = (found: readonly Diagnostic[]): readonly Diagnostic[] => found.map((one) => ({
    ...one,
    ...(one.place !== undefined && { place: { ...one.place, file: inFolder(one.place.file) } }),
    ...(one.related !== undefined && { related: one.related.map((other) => ({ ...other, place: { ...other.place, file: inFolder(other.place.file) } })) }),
  }))
  if (replaced?.ok === false) return fail(...inMesh(replaced.diagnostics))
  const read = readProject(replaced?.value.files ?? given.files, {
    memory,
    settings: meshSettings({
      product, plain, now: AT_READING,
      dataSet: (of, name) => {
        if (plain) return { schema: of ?? (filled.has(name) ? product : name), name }
        return of === undefined || of === product ? (filled.has(name) ? { schema: product, name } : undefined) : { schema: of, name }
      },
      port: (name) => (isPort(name) ? { schema: 'source', name } : undefined),
    }),
  })
  if (!read.ok) return fail(...inMesh(read.diagnostics))
  const { project } = read.value
  const own = nodesOfDataSets(project, given.dataSets.filter((one) => !one.filled).map((one) => one.name))
  const found: Diagnostic[] = [...read.diagnostics]
  const { build, checks } = workOf(project, own)
  for (const node of own.values()) if (node.config['materialized'] === 'ephemeral') found.push(messages['dbt-data-set-ephemeral']({ name: node.name }, { place: firstLine(node) }))
  for (const id of build) {
    const node = project.nodes.get(id)
    if (node?.type === 'snapshot' && ![...own.values()].includes(node)) found.push(messages['dbt-snapshot-forgets']({ name: node.name }, { place: firstLine(node) }))
  }
  const state = stateOf(project)
  const prints = printsOf(project, state)
  const reader = new Reader(project, { product, ports, isPort, inFolder, plain }, new Map([...own].map(([name, node]) => [node.id, name])), found)
  const models = Object.fromEntries([...own].map(([name, node]): [string, ProductModel] => {
    const made = { file: inFolder(node.file), text: node.raw, place: { ...firstLine(node), file: inFolder(node.file) }, ...reader.of([node]), fingerprint: prints(node.id) }
    const written = replaced?.value.programs.get(name)
    return [name, written === undefined ? made : { ...made, text: written.text, ...placedReads(made, written.program, inFolder), program: { ...written.program, reads: written.program.reads.map((one) => ({ ...one, place: { ...one.place, file: inFolder(one.place.file) } })) } }]
  }))
  const tests = [...build, ...checks].flatMap((id) => ((node) => (node?.type === 'test' ? [node] : []))(project.nodes.get(id)))
  const units = [...project.unitTests.values()].filter(({ id }) => build.has(id)).map(({ id, given: rows, expect, overrides }) => [id, fingerprintOf(JSON.stringify([rows, expect, overrides]))])
  const reads = reader.of(tests)
  return resultOf({ models, tests: { ...reads, fingerprint: fingerprintOf([tests.map(({ id, config }) => [id, state.get(id)?.whole ?? '', fingerprintOf(JSON.stringify(config))]), units]) } }, inMesh(found))
}

/** Where the program names what it reads, not where the statement does that stands for it. */
function placedReads({ refs, sources }: ProductReads, program: Program, inFolder: (file: string) => string): ProductReads {
  const placed = (read: ProductRead, names: (one: Program['reads'][number]) => string | undefined): ProductRead => {
    const place = program.reads.find((one) => names(one) === read.name)?.place
    return place === undefined ? read : { ...read, place: { ...place, file: inFolder(place.file) } }
  }
  return { refs: refs.map((one) => placed(one, ({ ref }) => ref?.name)), sources: sources.map((one) => placed(one, ({ source }) => source)) }
}

const firstLine = ({ file }: Node): Place => ({ file, line: 1, column: 1 })

/** Code as it means, with that of all it needs. Variables may be read anywhere, so they belong to each. */
function printsOf(project: Project, state: State): (id: string) => string {
  const vars = fingerprintOf([...project.packages.values()].map((one) => [one.name, one.vars]))
  const known = new Map<string, string>()
  const print = (id: string): string => {
    const before = known.get(id)
    if (before !== undefined) return before
    // Who reads whom is without circles here: a circle is an error of the project.
    known.set(id, id)
    const node = project.nodes.get(id)
    const columns = (node?.columns ?? []).map((column) => [column.name, column.type ?? null])
    const made = fingerprintOf({ code: state.get(id)?.whole ?? id, vars, columns, needs: (node?.needs ?? []).map((need) => (project.nodes.has(need) ? print(need) : need)) })
    known.set(id, made)
    return made
  }
  return print
}

interface Around {
  readonly product: string
  readonly ports: readonly string[]
  readonly isPort: (name: string) => boolean
  readonly inFolder: (file: string) => string
  readonly plain: boolean
}

class Reader {
  readonly #project: Project
  readonly #around: Around
  readonly #dataSets: ReadonlyMap<string, string>
  readonly #found: Diagnostic[]
  readonly #told = new Set<string>()

  constructor(project: Project, around: Around, dataSets: ReadonlyMap<string, string>, found: Diagnostic[]) {
    this.#project = project
    this.#around = around
    this.#dataSets = dataSets
    this.#found = found
  }

  /** What the nodes read, through everything that is no data set of its own. */
  of(nodes: readonly Node[]): ProductReads {
    const refs = new Map<string, ProductRead>()
    const sources = new Map<string, ProductRead>()
    const seen = new Set<string>()
    const walk = (node: Node): void => {
      if (seen.has(node.id)) return
      seen.add(node.id)
      for (const need of node.needs) {
        const below = this.#project.nodes.get(need)
        const dataSet = this.#dataSets.get(need)
        if (dataSet !== undefined) refs.set(need, { product: this.#around.product, name: dataSet, place: this.#place(node, 'ref', below?.name ?? dataSet) })
        else if (below !== undefined) walk(below)
        else if (need.startsWith('foreign.')) {
          const [, product = '', name = ''] = need.split('.')
          refs.set(need, { product, name, place: this.#place(node, 'ref', name) })
        }
      }
      for (const [source, table] of node.sources) {
        const port = portOf(source, table, this.#around.isPort)
        if (port !== undefined) sources.set(port, { name: port, place: this.#place(node, 'source', table) })
        else if (!this.#told.has(`${source}.${table}`)) {
          this.#told.add(`${source}.${table}`)
          this.#found.push(messages['dbt-source-port']({ source, table, ports: this.#around.ports }, { place: { ...this.#place(node, 'source', table), file: node.file } }))
        }
      }
    }
    for (const node of nodes) walk(node)
    return { refs: [...refs.values()], sources: [...sources.values()] }
  }

  /** Of plain models the call, as every document of the mesh is placed; of a project the name, as dbt's own findings are. */
  #place({ file, template }: Node, word: string, name: string): Place {
    const { text, body } = template
    const shown = this.#around.inFolder(file)
    const call = this.#around.plain ? plainCalls(body).find((one) => one.word === word && one.texts.at(-1) === name) : undefined
    if (call !== undefined) return { ...placeOf(shown, text, call.at), length: word.length }
    const at = ["'", '"'].map((quote) => text.indexOf(`${quote}${name}${quote}`)).find((one) => one !== -1)
    return at === undefined ? { file: shown, line: 1, column: 1 } : { ...placeOf(shown, text, at + 1), length: name.length }
  }
}
