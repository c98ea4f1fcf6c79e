// Answers what Trino asks a policy server, in Trino's own SQL.

export { answerTrino } from './answer-trino.ts'
export { QUESTIONS } from './types.ts'
export type { Question, SeenTable, TrinoAsker, TrinoAuthority, TrinoDeed } from './types.ts'
