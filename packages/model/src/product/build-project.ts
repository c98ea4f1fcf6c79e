// The dbt project of a product: which one of its folder, and what it makes of the data sets.

import type { Diagnostic } from '@tulle/kernel'
import { fingerprintOf } from '@tulle/kernel'
import type { ProductFiles } from '../file-roles.ts'
import { messages } from '../messages.ts'
import type { DbtProject, FindProjectReads, Model } from '../types.ts'
import { startOf } from '../yaml/locate.ts'
import type { ProductDraft } from './draft-product.ts'

export interface BuiltProject {
  readonly dbt?: DbtProject
  /** By data set. */
  readonly models: Readonly<Record<string, Model>>
  /** True where nobody can say which data sets it fills, so that none is told to be empty. */
  readonly isUnread: boolean
  readonly fingerprints: readonly string[]
  readonly diagnostics: readonly Diagnostic[]
}

/** Undefined where the product has no dbt project. */
export function buildProject(draft: ProductDraft, { folder, projects }: ProductFiles, projectReads: FindProjectReads | undefined): BuiltProject | undefined {
  const named = draft.facts.dbt === undefined ? undefined : `${draft.facts.dbt.replace(/^\.\//u, '').replace(/\/+$/u, '')}/`
  const roots = [...projects.keys()]
  const unread = (...diagnostics: readonly Diagnostic[]): BuiltProject => ({ models: {}, isUnread: true, fingerprints: [], diagnostics })
  const place = () => draft.document.place([...draft.factsAt, 'properties', 'dbt'])
  if (named !== undefined && !projects.has(named) && !(named === './' && projects.has(''))) return unread(messages['no-dbt-project']({ folder: named, known: roots }, { place: place() }))
  const root = named === './' ? '' : (named ?? roots[0])
  if (root === undefined) return undefined
  if (named === undefined && roots.length > 1) return unread(messages['which-dbt-project']({ folders: roots }, { place: startOf(`${folder}/${roots[1] ?? ''}dbt_project.yml`) }))
  const files = projects.get(root) ?? new Map<string, string>()
  if (projectReads === undefined) return unread()
  const read = projectReads({
    product: draft.name, folder: `${folder}/${root}`, files,
    dataSets: [...draft.dataSets.values()].map((part) => ({ name: part.name, filled: part.draft.from !== undefined })),
    ports: [...draft.inputPorts.keys()],
  })
  if (!read.ok) return unread(...read.diagnostics)
  const { models, tests } = read.value
  return {
    dbt: { folder: root, files: Object.fromEntries(files), ...tests },
    models, isUnread: false, fingerprints: [`dbt:${root}:${fingerprintOf(Object.fromEntries(files))}`], diagnostics: read.diagnostics,
  }
}
