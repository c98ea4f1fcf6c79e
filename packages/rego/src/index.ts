// Asks policies written in Rego: compiled ones in a thread that can be ended, others of an OPA server.

export { openRegoDesk } from './open-desk.ts'
export type { OpenDesk } from './open-desk.ts'
export { checkRego } from './check-rego.ts'
