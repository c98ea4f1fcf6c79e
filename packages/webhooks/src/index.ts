// Delivers events of products to addresses of their consumers: signed, in order, again until they are taken.

export { LIMITS, openWebhooks } from './webhooks.ts'
export type { Webhooks } from './webhooks.ts'

// What its consumer does with one.
export { subscribe } from './subscribe.ts'
export type { Wish } from './subscribe.ts'
export { askAgain, deleteWebhook, pauseWebhook, replayFrom, resumeWebhook, rotateSecret } from './change.ts'
export { secretOf } from './secrets.ts'
export { findWebhook, listDeadLetters, listDeliveries, listWebhooks } from './rows.ts'

// Where events come from.
export { EVENT_TYPES, outboxFeed } from './outbox-feed.ts'
export { eitherFeed, streamFeed } from './stream-feed.ts'

export { messages } from './messages.ts'
export { KINDS } from './types.ts'
export type { DeadLetter, Delivery, Feed, FeedEvent, From, Kind, Lag, Limits, Reading, Seen, Webhook } from './types.ts'
