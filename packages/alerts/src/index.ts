// Tells who is named when a product's run fails, or a product is late.

export { openAlerts } from './alerts.ts'
export type { AlertOptions, Alerts, Heard, MailServer, Notice } from './types.ts'
