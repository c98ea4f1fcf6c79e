// A process that is made to be killed while it delivers. Arguments: the database's address, the host that it may reach, the
// secret, and `fresh` to give each try an id of its own (the control that shows that the test can fail).

import { randomUUID } from 'node:crypto'
import { Bug, systemClock } from '@tulle/kernel'
import { openNetwork } from '@tulle/sources'
import { openStore } from '@tulle/store'
import { deliverDue } from '../deliver.ts'
import { sendWebhook } from '../send-webhook.ts'

const [address = '', host = '', secret = '', ids] = process.argv.slice(2)
const opened = await openStore({ connection: address, poolSize: 2 })
if (!opened.ok) throw new Bug('the test database cannot be opened.')
const network = openNetwork([host])
await deliverDue({
  store: opened.value, clock: systemClock, signal: new AbortController().signal,
  send: async (message, signal) => {
    if (message.way.by !== 'webhook') throw new Bug('only webhooks here.')
    const id = ids === 'fresh' ? randomUUID() : message.id
    return sendWebhook({ network, secrets: () => secret, publicUrl: 'http://tulle', now: () => systemClock.now() }, { ...message, id, way: message.way }, signal)
  },
})
await opened.value.close()
