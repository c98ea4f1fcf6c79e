// The environment that this Tulle says it is has to be one of the mesh that was applied: policies for the real one would
// otherwise not apply, and nobody would hear of it.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Store } from '@tulle/store'
import { readMeshFacts } from './mesh-facts.ts'
import { messages } from './messages.ts'

export async function checkEnvironment(store: Store, environment: string): Promise<Result<undefined>> {
  const { environments: listed } = await readMeshFacts(store.db)
  return listed.length === 0 || listed.includes(environment)
    ? ok(undefined)
    : fail(messages['bad-setting']({ name: 'TULLE_ENVIRONMENT', value: environment, want: `one of the mesh's environments (${listed.join(', ')})` }))
}
