// The mesh folder for an editor: read from disk at each question, laid over with what is being written, judged as `tulle plan` judges it.

import type { Handlers } from '@tulle/api'
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
      const changed = new Map(files.value)
      for (const { path, text } of changes) {
        if (text === undefined) changed.delete(path)
        else changed.set(path, text)
      }
      const planned = await house.planning.plan(changed, PLAIN, await knownTo(house, subject))
      const mesh = house.planning.read(changed)
      const [wanted, applied] = [mesh.ok ? meshPolicies(mesh.value) : [], await appliedPolicies(house)]
      const isOther = mesh.ok && canonicalJson(wanted.toSorted(byName) as unknown as Json) !== canonicalJson(applied.toSorted(byName) as unknown as Json)
      const effects = isOther ? toEffects(await policyEffects(house, wanted, await knownTo(house, subject))) : undefined
      const said = effects !== undefined && { effects }
      // What a policy takes from whom is worth knowing also where the plan stops.
      if (!planned.ok) return ok({ diagnostics: [...planned.diagnostics], ...said })
      const plan = planned.value
      return ok({ diagnostics: [...planned.diagnostics, ...plan.diagnostics], plan: { text: explain(plan), summary: { ...summaryOf(plan) }, applyable: plan.applyable }, ...said })
    },
    listSchemas: async () => {
      const registered = await readCapabilities(house.db)
      return ok({ schemas: { ...jsonSchemas(), ...Object.fromEntries(registered.map(({ type, description, schema }) => [`capability.${type}`, { description, ...(schema as Record<string, Json>) }])) } })
    },
  }
}

async function folderFor(house: House, subject: Subject): Promise<Result<MeshFiles>> {
  const allowed = require(house, subject, 'plan')
  return allowed.ok ? readMeshFolder(house.settings.meshFolder) : allowed
}
