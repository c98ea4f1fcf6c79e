// Starts runs on events of the outbox. An event is passed only when its runs are durable, so none is lost; a storm of
// events ends in one queued run per subject, because equal queued runs are shared.

import type { Result } from '@tulle/kernel'
import type { OutboxEvent, Store } from '@tulle/store'
import { followOutbox } from '@tulle/store'
import type { EventTrigger, RunRequest, StartedRun, Triggers } from './types.ts'

export interface EventTriggerOptions {
  readonly store: Store
  /** Whose cursor it is: events that came while nobody followed are handled later, under the same name. */
  readonly consumer: string
  /** What is declared now. */
  readonly triggers: () => Promise<readonly EventTrigger[]>
  /** Undefined for a request that has nothing to run now. */
  readonly start: (request: RunRequest) => Promise<Result<StartedRun | undefined>>
  /** What else follows from an event, by its type; before the triggers. */
  readonly onEvent?: Readonly<Record<string, (event: OutboxEvent) => Promise<void>>>
  readonly warn?: (message: string) => void
}

export async function eventTriggers({ store, consumer, triggers, start, onEvent = {}, warn = () => undefined }: EventTriggerOptions): Promise<Triggers> {
  let declared = new Map<string, EventTrigger[]>()

  const refresh = async (): Promise<void> => {
    const next = new Map<string, EventTrigger[]>()
    for (const trigger of await triggers()) {
      const key = keyOf(trigger.eventType, trigger.eventSubject)
      next.set(key, [...(next.get(key) ?? []), trigger])
    }
    declared = next
  }

  const handle = async (event: OutboxEvent): Promise<void> => {
    await onEvent[event.type]?.(event)
    for (const { request } of declared.get(keyOf(event.type, event.subject ?? '')) ?? []) {
      const started = await start({ ...request, trigger: { kind: 'event', eventId: event.id, type: event.type, subject: event.subject ?? null } })
      if (!started.ok) warn(`${request.subject}: ${started.diagnostics[0]?.message ?? 'the run could not be started.'}`)
    }
  }

  await refresh()
  const following = followOutbox(store, { consumer, handle, onFailure: (error) => warn(String(error)) })
  return { refresh, caughtUp: () => following.caughtUp(), close: () => following.stop() }
}

const keyOf = (type: string, subject: string): string => `${type}\0${subject}`
