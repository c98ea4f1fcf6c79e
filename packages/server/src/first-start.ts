// Brings the mesh folder to life where nothing was ever applied: applies it and makes the demo accounts. What was applied
// is then built by its own triggers. On every other start it changes nothing and only says how far the folder has moved on.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ensureDemoGrants, ensureDemoUsers, listAccounts } from '@tulle/access'
import type { AccessControl } from '@tulle/access'
import type { Diagnostic, Json, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { readMeshFolder } from '@tulle/model'
import type { MeshFiles, MeshModel } from '@tulle/model'
import { summaryOf } from '@tulle/planner'
import type { Role } from '@tulle/policy'
import { listProducts } from '@tulle/providers'
import type { Store } from '@tulle/store'
import type { Planning } from './planning.ts'

export interface FirstStartOptions {
  readonly store: Store
  readonly access: AccessControl
  readonly planning: Planning
  readonly meshFolder: string
  readonly secretsFolder: string
  /** Told what is being done, for a person who waits. */
  readonly progress: (what: string) => void
}

export interface Settled {
  /** True where this start brought the mesh to life. */
  readonly isFirst: boolean
  /** Demo accounts of the mesh. */
  readonly people: readonly Person[]
  /** What a person should know: how far the folder has moved on. */
  readonly notes: readonly string[]
  readonly diagnostics: readonly Diagnostic[]
}

export interface Person {
  readonly name: string
  readonly role: Role
  readonly title: string
}

const PLAIN = { prune: false, allowDestroy: false, allowBreaking: false }

export async function settleMesh(options: FirstStartOptions): Promise<Result<Settled>> {
  const files = await readMeshFolder(options.meshFolder)
  const mesh = files.ok ? options.planning.load(files.value) : files
  if (await wasApplied(options.store)) return settleAgain(options, files, mesh)
  if (!files.ok) return files
  if (!mesh.ok) return mesh
  options.progress(`Applying ${mesh.value.title}: ${mesh.value.products.size} data products`)
  const plan = await options.planning.plan(files.value, PLAIN)
  if (!plan.ok) return plan
  const applied = await options.planning.apply(plan.value as unknown as Json, { startedBy: 'system' })
  if (!applied.ok) return applied
  if (applied.value.status !== 'succeeded') return fail(...applied.value.diagnostics)
  const people = await settlePeople(options, mesh.value)
  if (!people.ok) return people
  return ok({ isFirst: true, people: people.value, notes: [], diagnostics: [...files.diagnostics, ...mesh.diagnostics] })
}

/** True once an apply has succeeded here; an apply that was cut short is taken up again. */
async function wasApplied(store: Store): Promise<boolean> {
  const row = await store.db.selectFrom('apply').select('id').where('status', '=', 'succeeded').limit(1).executeTakeFirst()
  return row !== undefined
}

async function settleAgain(options: FirstStartOptions, files: Result<MeshFiles>, mesh: Result<MeshModel>): Promise<Result<Settled>> {
  const { planning, meshFolder } = options
  if (!mesh.ok) {
    const found = mesh.diagnostics.filter((diagnostic) => diagnostic.severity === 'error').length
    const notes = [`The files in ${meshFolder} have ${found} ${found === 1 ? 'error' : 'errors'}, so the mesh runs as it was last applied. See them with "npx tulle validate ${meshFolder}".`]
    return ok({ isFirst: false, people: await knownPeople(options), notes, diagnostics: mesh.diagnostics })
  }
  const people = await settlePeople(options, mesh.value)
  if (!people.ok) return people
  const plan = files.ok ? await planning.plan(files.value, PLAIN) : files
  const changes = plan.ok ? Object.values(summaryOf(plan.value)).reduce((sum, count) => sum + count, 0) : 0
  const notes = changes === 0 ? [] : [`The files in ${meshFolder} differ from the mesh in ${changes} ${changes === 1 ? 'place' : 'places'}: see "npx tulle plan".`]
  return ok({ isFirst: false, people: people.value, notes, diagnostics: mesh.diagnostics })
}

/** The demo accounts as they were last made, told by their secret files. */
async function knownPeople({ store, secretsFolder }: FirstStartOptions): Promise<readonly Person[]> {
  const accounts = (await listAccounts(store)).filter(({ subject, disabledAt }) => disabledAt === undefined && existsSync(join(secretsFolder, subject.name)))
  return accounts.map(({ subject: { name, role }, title }) => ({ name, role, title }))
}

/** Makes the demo accounts and gives them their grants, as far as the products are there. */
async function settlePeople({ store, access, secretsFolder }: FirstStartOptions, mesh: MeshModel): Promise<Result<readonly Person[]>> {
  const accounts = await ensureDemoUsers(store, mesh.demoUsers, { secretsFolder })
  if (!accounts.ok) return accounts
  await access.caughtUp()
  const known = new Set((await listProducts(store.db)).map((product) => product.name))
  const users = mesh.demoUsers.map((user) => ({ ...user, grants: user.grants.filter((ref) => known.has(ref.split('.')[0] ?? '')) }))
  const grants = await ensureDemoGrants(access, users)
  return grants.ok ? ok(accounts.value.map(({ name, role, title }) => ({ name, role, title }))) : grants
}
