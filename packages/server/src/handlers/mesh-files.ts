// The mesh folder for an editor: read from disk at each question, laid over with what is being written, judged as `tulle plan` judges it.

import type { Handlers, Trial } from '@tulle/api'
import type { Json, Result } from '@tulle/kernel'
import { canonicalJson, didYouMean, fail, ok } from '@tulle/kernel'
import { jsonSchemas, readMeshFolder } from '@tulle/model'
import type { MeshFiles } from '@tulle/model'
import { explain, summaryOf } from '@tulle/planner'
import { meshPolicies } from '@tulle/policy'
import type { AppliedPolicy, Subject } from '@tulle/policy'
import type { Caller } from '../http/callers.ts'
import type { House } from '../house.ts'
import { readCapabilities } from '../mesh-facts.ts'
import { messages } from '../messages.ts'
import { policyEffects } from '../policy-effects.ts'
import { knownTo } from './plans.ts'
import { appliedPolicies, toEffects } from './policies.ts'
import { require } from './permissions.ts'

type MeshFileHandlers = Pick<Handlers<Caller>, 'listMeshFiles' | 'readMeshFile' | 'tryMeshFiles' | 'listSchemas'>

const byName = (a: AppliedPolicy, b: AppliedPolicy): number => (a.name < b.name ? -1 : 1)

const PLAIN = { prune: false, allowDestroy: false, allowBreaking: false }

export function meshFileHandlers(house: House): MeshFileHandlers {
  return {
    listMeshFiles: async (_nothing, { subject }) => {
      const files = await folderFor(house, subject)
      return files.ok ? ok({ files: [...files.value].map(([path, text]) => ({ path, length: text.length })) }) : files
    },
    readMeshFile: async ({ path }, { subject }) => {
      const files = await folderFor(house, subject)
      if (!files.ok) return files
      const text = files.value.get(path)
      return text === undefined ? fail(messages['unknown-mesh-file']({ path, hint: didYouMean(path, files.value.keys()) })) : ok({ path, text })
    },
    tryMeshFiles: async ({ changes }, { subject }) => {
      const files = await folderFor(house, subject)
      if (!files.ok) return files
      const changed = withChanges(files.value, changes)
      const planned = await house.planning.plan(changed, PLAIN, await knownTo(house, subject))
      const effects = await effectsOf(house, { subject, onDisk: files.value, changed, changes, planned: planned.ok })
      if (!planned.ok) return ok({ diagnostics: [...planned.diagnostics], ...effects })
      const plan = planned.value
      return ok({ diagnostics: [...planned.diagnostics, ...plan.diagnostics], plan: { text: explain(plan), summary: { ...summaryOf(plan) }, applyable: plan.applyable }, ...effects })
    },
    listSchemas: async () => {
      const registered = await readCapabilities(house.db)
      return ok({ schemas: { ...jsonSchemas(), ...Object.fromEntries(registered.map(({ type, description, schema }) => [`capability.${type}`, { description, ...(schema as Record<string, Json>) }])) } })
    },
  }
}

interface Tried { readonly subject: Subject; readonly onDisk: MeshFiles; readonly changed: MeshFiles; readonly changes: readonly { readonly path: string; readonly text?: string | undefined }[]; readonly planned: boolean }

const isPolicy = (path: string): boolean => /(?:^|\/)policies\//u.test(path)

/** What a policy takes from whom is worth knowing also where the plan stops: as far as the files can be read, and else why nobody can say. */
async function effectsOf(house: House, { subject, onDisk, changed, changes, planned }: Tried): Promise<Pick<Trial, 'effects' | 'effectsNote'>> {
  const whole = house.planning.read(changed)
  // An error in another file hides nothing that is written in the policies.
  const alone = whole.ok ? whole : house.planning.read(withChanges(onDisk, changes.filter(({ path }) => isPolicy(path))))
  if (!alone.ok) {
    if (!changes.some(({ path }) => isPolicy(path))) return {}
    const [first] = alone.diagnostics.filter(({ severity }) => severity === 'error')
    return { effectsNote: `Nobody can say while the files cannot be read${first?.place === undefined ? '' : `: see ${first.place.file}:${first.place.line}`}.` }
  }
  const [wanted, applied] = [meshPolicies(alone.value), await appliedPolicies(house)]
  if (canonicalJson(wanted.toSorted(byName) as unknown as Json) === canonicalJson(applied.toSorted(byName) as unknown as Json)) return {}
  return {
    effects: toEffects(await policyEffects(house, wanted, await knownTo(house, subject))),
    ...(!whole.ok ? { effectsNote: 'Other files have errors, so this is what the changed policies alone would do to the mesh as it is applied.' }
      : !planned && { effectsNote: 'The plan stops at what is to mend, so nothing of this can be applied yet: it is what the policies would do once it is mended.' }),
  }
}

function withChanges(files: MeshFiles, changes: Tried['changes']): MeshFiles {
  const changed = new Map(files)
  for (const { path, text } of changes) {
    if (text === undefined) changed.delete(path)
    else changed.set(path, text)
  }
  return changed
}

async function folderFor(house: House, subject: Subject): Promise<Result<MeshFiles>> {
  const allowed = require(house, subject, 'plan')
  return allowed.ok ? readMeshFolder(house.settings.meshFolder) : allowed
}
