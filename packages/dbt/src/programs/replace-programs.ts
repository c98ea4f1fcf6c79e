// Models that are programs, as the project around them sees them: a statement that reads what they read, so that they are
// ordered, selected and compared as every model is. It is never run.

import type { Diagnostic, Result } from '@tulle/kernel'
import { resultOf } from '@tulle/kernel'
import type { ProjectFiles } from '../types.ts'
import { readHttp } from './read-http.ts'
import { readTypescript } from './read-typescript.ts'
import type { Program } from './types.ts'

/** `models/<data set>.ts` and `models/<data set>.http.yaml`. */
const PROGRAM = /^models\/(?<dataSet>[^/]+?)\.(?<kind>ts|http\.ya?ml)$/u

export interface ReplacedPrograms {
  readonly files: ProjectFiles
  /** By data set, with the file in which it is written. */
  readonly programs: ReadonlyMap<string, { readonly program: Program; readonly file: string; readonly text: string }>
  /** The file that a statement stands for. */
  readonly written: ReadonlyMap<string, string>
}

const known = new Map<string, Result<Program>>()
const MOST_KNOWN = 500

/** Places are in files as they are called here. */
export function replacePrograms(files: ProjectFiles): Result<ReplacedPrograms> {
  if (![...files.keys()].some((path) => PROGRAM.test(path))) return { ok: true, value: { files, programs: new Map(), written: new Map() }, diagnostics: [] }
  const replaced = new Map<string, string>()
  const programs = new Map<string, { readonly program: Program; readonly file: string; readonly text: string }>()
  const written = new Map<string, string>()
  const found: Diagnostic[] = []
  for (const [file, text] of files) {
    const { dataSet, kind } = PROGRAM.exec(file)?.groups ?? {}
    if (dataSet === undefined) {
      replaced.set(file, text)
      continue
    }
    const read = readOnce(file, text, kind === 'ts' ? readTypescript : readHttp)
    found.push(...read.diagnostics)
    if (!read.ok) continue
    const stands = `models/${dataSet}.sql`
    programs.set(dataSet, { program: read.value, file, text })
    written.set(stands, file)
    replaced.set(stands, statementOf(read.value))
  }
  return resultOf({ files: replaced, programs, written }, found)
}

/** The same text is read when a mesh is loaded, planned and run. */
function readOnce(file: string, text: string, read: (file: string, text: string) => Result<Program>): Result<Program> {
  const key = `${file}\u0000${text}`
  const before = known.get(key)
  if (before !== undefined) return before
  const now = read(file, text)
  if (known.size >= MOST_KNOWN) known.clear()
  known.set(key, now)
  return now
}

/** Names were held to their shape, so nothing of them can end a text. */
function statementOf({ reads, fingerprint }: Program): string {
  const relations = reads.map(({ ref, source }) => (source === undefined ? `{{ ref('${ref?.product === undefined ? '' : `${ref.product}', '`}${ref?.name ?? ''}') }}` : `{{ source('${source}') }}`))
  return `{{ config(materialized='table') }}select '${fingerprint}' as program${relations.map((one, i) => `${i === 0 ? ' from ' : ', '}${one}`).join('')}`
}
