// The nouns of alerts.

import type { Clock, Json } from '@tulle/kernel'
import type { AlertRule } from '@tulle/model'
import type { Store } from '@tulle/store'

export type Reason = AlertRule['on'][number]

/** What somebody is to be told. The same id is the same alert, however often it is raised. */
export interface NewAlert {
  readonly id: string
  readonly reason: Reason
  readonly product: string
  readonly runId?: string
  /** For a person, without values of rows. */
  readonly sentence: string
  /** For a program: references and codes. */
  readonly facts: Readonly<Record<string, Json>>
}

/** Where one message goes. `secret` is a name. */
export type Way =
  | { readonly by: 'webhook'; readonly url: string; readonly secret: string }
  | { readonly by: 'mail'; readonly to: string }

/** One message on its way; its id is the same on every try. */
export interface Message {
  readonly id: string
  readonly alert: NewAlert & { readonly at: string }
  readonly way: Way
}

/** `again`: another try may do better. `never`: it cannot be delivered as it is declared. */
export type Sent = { readonly done: true } | { readonly done: false; readonly again: boolean; readonly trouble: string }

/** The operator's server for mail. */
export interface MailServer {
  readonly host: string
  readonly port: number
  /** TLS from the first byte; else STARTTLS, which may be asked for. */
  readonly isTls: boolean
  readonly user?: string
  /** Named, held by the operator. */
  readonly secret?: string
  readonly from: string
}

export interface AlertOptions {
  readonly store: Store
  readonly clock: Clock
  /** The value of a secret by its name. */
  readonly secrets: (name: string) => string | undefined
  /** Where webhooks may go: any public host over https, and what is listed here: inner hosts, and hosts without TLS. */
  readonly hosts: readonly string[]
  readonly mail?: MailServer
  /** Where people find the console, without a slash at the end. */
  readonly publicUrl: string
  readonly warn?: (message: string) => void
}

export interface Notice {
  readonly id: string
  readonly reason: Reason
  readonly product: string
  readonly runId?: string
  readonly sentence: string
  readonly at: string
  readonly isNew: boolean
  readonly deliveries: readonly { readonly to: string; readonly status: string; readonly attempts: number; readonly trouble?: string }[]
}

/** Products by the reason for which somebody hears of them. */
export type Heard = Readonly<Partial<Record<Reason, readonly string[]>>>

export interface Alerts {
  /** What was told, newest first; `products` are those that the account may run, `heard` others of which it hears for such a reason. */
  notices(account: string, products: readonly string[], limit: number, heard?: Heard): Promise<{ readonly notices: readonly Notice[]; readonly unread: number }>
  /** The account has seen everything so far. */
  markSeen(account: string): Promise<void>
  /** Follows runs and the clock, and delivers, until `close`. */
  start(): void
  /** One look at the clock and at what is due to be delivered, for tests and orderly ends. */
  settle(): Promise<void>
  close(): Promise<void>
}
