// A folder's product, built beside production. Whoever may run the product may rehearse it.

import type { Handlers } from '@tulle/api'
import { fail, ok } from '@tulle/kernel'
import type { Caller } from '../http/callers.ts'
import type { House } from '../house.ts'
import { messages } from '../messages.ts'
import { findProductFor } from './products.ts'

export function rehearsalHandlers(house: House): Pick<Handlers<Caller>, 'rehearseProduct'> {
  return {
    rehearseProduct: async ({ product, files }, { subject }) => {
      const found = await findProductFor(house, subject, 'run', product)
      if (!found.ok) return found
      const mesh = house.planning.load(new Map(Object.entries(files)))
      if (!mesh.ok) return mesh
      const declared = mesh.value.products.get(product)
      if (declared === undefined) return fail(messages['rehearsal-undeclared']({ product }))
      const others = Object.fromEntries([...mesh.value.products.values()].map((one) => [one.name, one.dataSets.map(({ name }) => name)]))
      const started = await house.pipeline.rehearse(product, { product: declared, others, requestedBy: subject.name })
      return started.ok ? ok({ runId: started.value.runId }) : started
    },
  }
}
