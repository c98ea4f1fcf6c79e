// Says what each file of a mesh folder is, by its path alone.

import type { Diagnostic } from '@tulle/kernel'
import { messages } from './messages.ts'
import type { MeshFiles } from './types.ts'
import { startOf } from './yaml/locate.ts'

export interface TextFile { readonly path: string; readonly text: string }

/** The files of one product. Contracts and models are by their path within the product's folder. */
export interface ProductFiles {
  readonly domain: string
  readonly folder: string
  product?: TextFile
  /** Its own workflow. */
  workflow?: TextFile
  readonly contracts: Map<string, TextFile>
  readonly models: Map<string, TextFile>
  readonly macros: Map<string, TextFile>
  /** Checks of its own. */
  readonly checks: Map<string, TextFile>
  /** The dbt projects in the folder, by their folder within the product's (with a slash at the end, empty for that folder itself). */
  readonly projects: Map<string, Map<string, string>>
}

/** A file about policies, and the domain whose own it is. */
export interface PolicyFile { readonly file: TextFile; readonly domain?: string }

/** The files of a mesh by what they are for. */
export interface SortedFiles {
  mesh?: TextFile
  readonly teams: TextFile[]
  readonly capabilities: TextFile[]
  readonly workflows: TextFile[]
  readonly applications: TextFile[]
  readonly policies: PolicyFile[]
  readonly policyCases: PolicyFile[]
  readonly grants: TextFile[]
  readonly domains: Map<string, TextFile>
  readonly products: Map<string, ProductFiles>
  readonly diagnostics: readonly Diagnostic[]
}

/** Sorts files by their role. A path that leads out of the folder, or to where nothing belongs, is a diagnostic. */
export function sortFiles(files: MeshFiles): SortedFiles {
  const diagnostics: Diagnostic[] = []
  const sorted: SortedFiles = { teams: [], capabilities: [], workflows: [], grants: [], applications: [], policies: [], policyCases: [], domains: new Map(), products: new Map(), diagnostics }
  const roots = projectRoots(files)
  for (const [path, text] of [...files].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    if (!isPathInside(path)) diagnostics.push(messages['bad-path']({ path: path.slice(0, 200) }))
    else if (placeInProject(sorted, roots, { path, text })) continue
    else if (/\.(ya?ml|sql|ts)$/u.test(path) && !place(sorted, { path, text })) {
      if (/^(domains\/[^/]+\/)?policies\//u.test(path)) diagnostics.push(messages['policy-misplaced']({ file: path }, { place: startOf(path) }))
      else diagnostics.push(messages['stray-file']({ file: path }, { place: startOf(path) }))
    }
  }
  if (sorted.mesh === undefined) diagnostics.push(messages['no-mesh-file']({}))
  return sorted
}

/** True for a `/`-separated path below a folder, in characters that a terminal shows as they are. */
export const isPathInside = (path: string): boolean =>
  path.length > 0 && path.length <= 1_000 && !/[\p{Cc}\p{Cf}\p{Cs}\\]|^[a-z]:|^\//iu.test(path) && path.split('/').every((step) => step !== '' && step !== '.' && step !== '..')

const newProduct = (domain: string, folder: string): ProductFiles => ({ domain, folder, contracts: new Map(), models: new Map(), macros: new Map(), checks: new Map(), projects: new Map() })

const PROJECT = /^(domains\/[^/]+\/[^/]+)\/((?:[^/]+\/)*)dbt_project\.yml$/u

/** Folders with a dbt_project.yml, by the folder of their product; those within another one are its packages. */
function projectRoots(paths: { keys(): Iterable<string> }): ReadonlyMap<string, readonly string[]> {
  const roots = new Map<string, string[]>()
  const pairs = [...paths.keys()].flatMap((path) => {
    const [, folder, inner] = PROJECT.exec(path) ?? []
    return folder === undefined || inner === undefined ? [] : [[folder, inner] as const]
  }).toSorted(([, a], [, b]) => a.length - b.length)
  for (const [folder, inner] of pairs) {
    const known = roots.get(folder) ?? []
    if (!known.some((root) => inner.startsWith(root))) roots.set(folder, [...known, inner])
  }
  return roots
}

/** All that lies in a dbt project is the project's, but for what makes the product. */
function placeInProject(sorted: SortedFiles, roots: ReadonlyMap<string, readonly string[]>, { path, text }: TextFile): boolean {
  const { folder = '', domain = '', inner = '' } = /^(?<folder>domains\/(?<domain>[^/]+)\/[^/]+)\/(?<inner>.+)$/u.exec(path)?.groups ?? {}
  const root = roots.get(folder)?.find((one) => inner.startsWith(one))
  if (root === undefined || /^(?:(?:product|workflow)\.ya?ml|contracts\/[^/]+\.ya?ml|checks\/[^/]+\.(?:ya?ml|sql))$/u.test(inner)) return false
  const product = sorted.products.get(folder) ?? newProduct(domain, folder)
  sorted.products.set(folder, product)
  const files = product.projects.get(root) ?? new Map<string, string>()
  product.projects.set(root, files.set(inner.slice(root.length), text))
  return true
}

function place(sorted: SortedFiles, file: TextFile): boolean {
  const [top, second, third, fourth, fifth, ...rest] = file.path.split('/')
  const isYaml = /\.ya?ml$/u.test(file.path)
  if (second === undefined) {
    if (!/^mesh\.ya?ml$/u.test(file.path)) return false
    sorted.mesh ??= file
    return sorted.mesh === file
  }
  const policy = /^(?:domains\/(?<domain>[^/]+)\/)?policies\/(?<cases>cases\/)?[^/]+\.ya?ml$/u.exec(file.path)?.groups
  if (policy !== undefined) {
    const { domain, cases } = policy
    sorted[cases === undefined ? 'policies' : 'policyCases'].push({ file, ...(domain !== undefined && { domain }) })
    return true
  }
  if (third === undefined) {
    if (!isYaml || (top !== 'teams' && top !== 'capabilities' && top !== 'workflows' && top !== 'grants' && top !== 'applications')) return false
    sorted[top].push(file)
    return true
  }
  if (top !== 'domains' || rest.length > 0 || third === 'policies') return false
  if (fourth === undefined) {
    if (!/^domain\.ya?ml$/u.test(third) || sorted.domains.has(second)) return false
    sorted.domains.set(second, file)
    return true
  }
  const folder = `domains/${second}/${third}`
  const kept = sorted.products.get(folder)
  const product = kept ?? newProduct(second, folder)
  if (fifth === undefined) {
    const [, role] = /^(product|workflow)\.ya?ml$/u.exec(fourth) ?? []
    if ((role !== 'product' && role !== 'workflow') || product[role] !== undefined) return false
    product[role] = file
  } else if (fourth === 'contracts' && isYaml) product.contracts.set(`contracts/${fifth}`, file)
  // Types that an author's editor reads are nobody else's.
  else if (fourth === 'models' && fifth.endsWith('.d.ts')) return true
  else if (fourth === 'models' && /\.(?:sql|ts|http\.ya?ml)$/u.test(fifth)) product.models.set(`models/${fifth}`, file)
  else if (fourth === 'macros' && fifth.endsWith('.sql')) product.macros.set(`macros/${fifth}`, file)
  else if (fourth === 'checks' && (isYaml || fifth.endsWith('.sql'))) product.checks.set(`checks/${fifth}`, file)
  else return false
  if (kept === undefined) sorted.products.set(folder, product)
  return true
}
