// What happened, in order, for those who watch over the mesh.

import type { Handlers } from '@tulle/api'
import { ok } from '@tulle/kernel'
import { readEvents } from '@tulle/store'
import type { Caller } from '../http/callers.ts'
import type { House } from '../house.ts'
import { require } from './permissions.ts'

export function eventHandlers(house: House): Pick<Handlers<Caller>, 'listEvents'> {
  return {
    listEvents: async ({ after, limit }, { subject }) => {
      const allowed = require(house, subject, 'administer')
      if (!allowed.ok) return allowed
      const events = await readEvents(house.db, { after: after ?? '0', limit })
      return ok({
        events: events.map(({ seq, id, type, source, subject: about, time, data }) => ({ seq, id, type, source, ...(about !== undefined && { subject: about }), time, data })),
      })
    },
  }
}
