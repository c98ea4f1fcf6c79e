// What is wrong with the rules of a mesh folder that ask Rego: a bundle that is none, an entrypoint that it lacks, a server that
// this Tulle may not ask. Whether a server answers is no fault of the folder.

import type { Diagnostic } from '@tulle/kernel'
import type { MeshModel } from '@tulle/model'
import { isListed } from './ask-server.ts'
import { messages } from './messages.ts'
import { readBundle } from './read-bundle.ts'
import { wasmThread } from './wasm-thread.ts'

export async function checkRego(mesh: MeshModel, { hosts }: { readonly hosts: ReadonlySet<string> }): Promise<readonly Diagnostic[]> {
  const found: Diagnostic[] = []
  for (const policy of mesh.policies.values()) {
    if (policy.status === 'retired') continue
    for (const [i, { name, effect }] of policy.rules.entries()) {
      if (effect.kind !== 'rego') continue
      const { rego } = effect
      const rule = `${policy.name}.${name}`
      const wrong = rego.server !== undefined
        ? (isListed(rego.server, hosts) ? undefined : messages['rego-server-not-listed']({ rule, server: rego.server }))
        : await checkBundle(rule, rego.bundle ?? '', rego.entrypoint)
      if (wrong !== undefined) found.push({ ...wrong, place: policy.placeOf(['rules', i, 'rego', rego.server !== undefined ? 'server' : wrong.code === 'rego-entrypoint-missing' ? 'entrypoint' : 'bundle']) })
    }
  }
  return found
}

async function checkBundle(rule: string, text: string, entrypoint: string): Promise<Diagnostic | undefined> {
  const bundle = readBundle(text)
  if ('unread' in bundle) return messages['rego-bundle-unread']({ rule, reason: bundle.unread })
  const thread = wasmThread(bundle)
  try {
    const entrypoints = await thread.entrypoints()
    if ('unusable' in entrypoints) return messages['rego-bundle-unread']({ rule, reason: entrypoints.unusable })
    return entrypoints.includes(entrypoint) ? undefined : messages['rego-entrypoint-missing']({ rule, entrypoint, known: entrypoints.slice(0, 10) })
  } finally {
    await thread.close()
  }
}
