// Puts it together: follows runs that fail, looks at the clock for what is late, and delivers, beside everything else.

import { openNetwork } from '@tulle/sources'
import type { Following, OutboxEvent } from '@tulle/store'
import { followOutbox } from '@tulle/store'
import type { Lease } from '@tulle/store'
import { deliverDue } from './deliver.ts'
import { tellFailure } from './failures.ts'
import { tellIncident } from './incidents.ts'
import { tellLateness } from './lateness.ts'
import { markSeen, readNotices } from './notices.ts'
import { tellQuarantine } from './quarantined.ts'
import { sendMail } from './send-mail.ts'
import { sendWebhook } from './send-webhook.ts'
import type { AlertOptions, Alerts, Message, Sent } from './types.ts'

const LOOK_MILLISECONDS = 1_000
const EVENTS = ['tulle.run.failed', 'tulle.incident.opened', 'tulle.incident.resolved', 'tulle.service-level.burning', 'tulle.rows.quarantined', 'tulle.rows.replayed'] as const
/** Lateness is a matter of minutes. */
const LATE_LOOKS = 20

export function openAlerts({ store, clock, secrets, hosts, mail, publicUrl, warn = () => undefined }: AlertOptions): Alerts {
  const closing = new AbortController()
  const network = openNetwork(hosts)
  let running: Promise<void> | undefined
  let following: Following | undefined
  let lease: Lease | undefined

  const send = ({ way, ...message }: Message, signal: AbortSignal): Promise<Sent> =>
    way.by === 'webhook'
      ? sendWebhook({ network, secrets, publicUrl, now: () => clock.now() }, { ...message, way }, signal)
      : sendMail({ server: mail, secrets, publicUrl }, { ...message, way })

  const deliver = async (): Promise<void> => {
    while (!closing.signal.aborted && (await deliverDue({ store, clock, send, signal: closing.signal })) > 0);
  }

  const watch = async (): Promise<void> => {
    for (let look = 0; !closing.signal.aborted; look += 1) {
      try {
        if (lease?.held !== true) lease = await store.watch.tryLease('alerts')
        if (lease !== undefined && look % LATE_LOOKS === 0) await tellLateness(store, clock)
        if (lease !== undefined) await deliver()
      } catch (error) {
        // The database may be away; what is due stays due.
        if (!closing.signal.aborted) warn(`alerts: ${String(error)}`)
      }
      await clock.sleep(LOOK_MILLISECONDS, closing.signal).catch(() => undefined)
    }
    await lease?.release()
  }

  return {
    notices: (account, products, limit, heard = {}) => readNotices(store.db, { account, products, heard, limit }),
    markSeen: (account) => markSeen(store.db, account, new Date(clock.now())),
    start() {
      following ??= followOutbox(store, { consumer: 'alerts', from: 'now', types: EVENTS, handle: (event) => tellerOf(event)(store, clock, event), onFailure: (error) => warn(`alerts: ${String(error)}`) })
      running ??= watch()
    },
    async settle() {
      await following?.caughtUp()
      await tellLateness(store, clock)
      await deliver()
    },
    async close() {
      closing.abort(new Error('closed'))
      await following?.stop()
      await running
    },
  }
}

const tellerOf = ({ type }: OutboxEvent) => (type === 'tulle.run.failed' ? tellFailure : type.startsWith('tulle.rows.') ? tellQuarantine : tellIncident)
