// A profile of a relation with as little reading as it takes: none where its files are those that were read last, only what
// came where files were added, and all of it else.

import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { EngineProcess, WorkLimits } from '@tulle/engine'
import { joinParts } from './join-parts.ts'
import type { KeptPart, NewProfile, ReadFiles } from './keep-profiles.ts'
import { readPart } from './read-part.ts'
import type { Part, ProfiledColumn, ProfiledRelation } from './types.ts'

/** `define` makes the relation of these files alone, by their addresses, or of all; it is asked at most twice. */
export interface Profiling extends WorkLimits {
  readonly columns: readonly ProfiledColumn[]
  readonly now: ReadFiles
  readonly before: KeptPart | undefined
  define(files: ReadonlySet<string> | undefined): Promise<Result<ProfiledRelation>>
}

export interface Profiled { readonly part: Part; readonly way: NewProfile['way'] }

export async function profileRelation(process: Pick<EngineProcess, 'open'>, { columns, now, before, define, ...limits }: Profiling): Promise<Result<Profiled>> {
  if (before !== undefined && before.isWhole && now.isWhole && fits(before.part, columns)) {
    const read = new Set(before.files)
    const came = now.files.filter((file) => !read.has(file))
    if (came.length + before.files.length === now.files.length) {
      if (came.length === 0) return ok({ part: before.part, way: 'same' })
      const joined = await join(process, before.part, new Set(came), define, limits)
      if (!joined.ok) return joined
      if (joined.value !== undefined) return ok({ part: joined.value, way: 'joined' })
    }
  }
  const relation = await define(undefined)
  if (!relation.ok) return relation
  const part = await readPart(process, relation.value, limits)
  return part.ok ? ok({ part: part.value, way: 'read' }) : part
}

async function join(process: Pick<EngineProcess, 'open'>, before: Part, came: ReadonlySet<string>, define: Profiling['define'], limits: WorkLimits): Promise<Result<Part | undefined>> {
  const relation = await define(came)
  if (!relation.ok) return relation
  const toJoin = new Set(before.columns.flatMap(({ fieldId, registers }) => (registers === undefined ? [] : [fieldId])))
  const part = await readPart(process, relation.value, { ...limits, toJoin })
  return part.ok ? ok(joinParts(before, part.value)) : part
}

const fits = ({ columns: before }: Part, columns: readonly ProfiledColumn[]): boolean =>
  before.length === columns.length && columns.every(({ fieldId, name, type }, i) => before[i]?.fieldId === fieldId && before[i].name === name && JSON.stringify(before[i].type) === JSON.stringify(type))
