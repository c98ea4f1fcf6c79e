// The dbt project of a product: which one of its folder, and what it makes of the data sets.

import type { Diagnostic, Json, Result } from '@tulle/kernel'
import { canonicalJson, fingerprintOf, ok, sha256 } from '@tulle/kernel'
import type { ProductFiles, TextFile } from '../file-roles.ts'
import { messages } from '../messages.ts'
import type { ParseCache } from '../parse-cache.ts'
import type { DbtProject, DeclaredProject, FindModelReads, Model, ProjectReads } from '../types.ts'
import { startOf } from '../yaml/locate.ts'
import type { ProductDraft } from './draft-product.ts'
import { projectOfModels } from './plain-models.ts'

export interface BuiltProject {
  readonly dbt?: DbtProject
  /** By data set. */
  readonly models: Readonly<Record<string, Model>>
  /** True where nobody can say which data sets it fills, so that none is told to be empty. */
  readonly isUnread: boolean
  readonly fingerprints: readonly string[]
  readonly diagnostics: readonly Diagnostic[]
}

export interface Finding { readonly modelReads: FindModelReads | undefined; readonly cache: ParseCache }

const namesIn = (draft: ProductDraft): Pick<DeclaredProject, 'dataSets' | 'ports'> => ({
  dataSets: [...draft.dataSets.values()].map((part) => ({ name: part.name, filled: part.draft.from !== undefined })),
  ports: [...draft.inputPorts.keys()],
})

/** What the models read that stand in the folder without a project, by data set. */
export function readModels(draft: ProductDraft, models: ReadonlyMap<string, TextFile>, macros: readonly TextFile[], { modelReads, cache }: Finding): Result<Readonly<Record<string, Model>>> {
  if (modelReads === undefined || models.size === 0) return ok({})
  const plain = (file: TextFile): { file: string; text: string } => ({ file: file.path, text: file.text })
  const project = projectOfModels({ product: draft.name, models: [...models].map(([name, file]) => [name, plain(file)] as const), macros: macros.map(plain) })
  const read = readRemembered({ product: draft.name, folder: '', ...project, ...namesIn(draft) }, { modelReads, cache })
  return read.ok ? ok(read.value.models, read.diagnostics) : read
}

function readRemembered(project: DeclaredProject, { modelReads, cache: { documents } }: { readonly modelReads: FindModelReads; readonly cache: ParseCache }): Result<ProjectReads> {
  const { files, shown = [] } = project
  const key = documents === undefined ? '' : sha256(`reads\0${canonicalJson({ ...project, files: [...files].flat(), shown: [...shown].flat() } as unknown as Json)}`)
  const known = documents?.get(key)
  if (known !== undefined) return ok(known as unknown as ProjectReads)
  const read = modelReads(project)
  if (read.ok && read.diagnostics.length === 0) documents?.set(key, read.value as unknown as Json)
  return read
}

/** Undefined where the product has no dbt project. */
export function buildProject(draft: ProductDraft, { folder, projects }: ProductFiles, { modelReads, cache }: Finding): BuiltProject | undefined {
  const named = draft.facts.dbt === undefined ? undefined : `${draft.facts.dbt.replace(/^\.\//u, '').replace(/\/+$/u, '')}/`
  const roots = [...projects.keys()]
  const unread = (...diagnostics: readonly Diagnostic[]): BuiltProject => ({ models: {}, isUnread: true, fingerprints: [], diagnostics })
  const place = () => draft.document.place([...draft.factsAt, 'properties', 'dbt'])
  if (named !== undefined && !projects.has(named) && !(named === './' && projects.has(''))) return unread(messages['no-dbt-project']({ folder: named, known: roots }, { place: place() }))
  const root = named === './' ? '' : (named ?? roots[0])
  if (root === undefined) return undefined
  if (named === undefined && roots.length > 1) return unread(messages['which-dbt-project']({ folders: roots }, { place: startOf(`${folder}/${roots[1] ?? ''}dbt_project.yml`) }))
  const files = projects.get(root) ?? new Map<string, string>()
  if (modelReads === undefined) return unread()
  const read = readRemembered({
    product: draft.name, folder: `${folder}/${root}`, files,
    ...namesIn(draft),
  }, { modelReads, cache })
  if (!read.ok) return unread(...read.diagnostics)
  const { models, tests } = read.value
  return {
    dbt: { folder: root, files: Object.fromEntries(files), ...tests },
    models, isUnread: false, fingerprints: [`dbt:${root}:${fingerprintOf(Object.fromEntries(files))}`], diagnostics: read.diagnostics,
  }
}
