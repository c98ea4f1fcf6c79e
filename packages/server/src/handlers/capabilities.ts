// What components may be of: shipped and the mesh's own.

import type { CapabilitySummary, Handlers } from '@tulle/api'
import { didYouMean, fail, ok } from '@tulle/kernel'
import type { Capability } from '@tulle/model'
import type { Caller } from '../http/callers.ts'
import type { House } from '../house.ts'
import { readCapabilities } from '../mesh-facts.ts'
import { messages } from '../messages.ts'

export function capabilityHandlers(house: House): Pick<Handlers<Caller>, 'listCapabilities' | 'getCapability'> {
  return {
    listCapabilities: async () => ok({ capabilities: (await readCapabilities(house.db)).map(toSummary) }),
    getCapability: async ({ type }) => {
      const capabilities = await readCapabilities(house.db)
      const found = capabilities.find((capability) => capability.type === type)
      if (found === undefined) return fail(messages['unknown-capability']({ type, hint: didYouMean(type, capabilities.map((c) => c.type)) }))
      return ok({ ...toSummary(found), baseType: found.baseType, schema: found.schema })
    },
  }
}

const toSummary = ({ type, title, description, presets, targets }: Capability): CapabilitySummary => ({
  type, title, description, ...(presets !== undefined && { presets }), targets: [...targets],
})
