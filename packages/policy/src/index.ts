// Decides who may do what with which columns and rows, purely.

// The one question that every port asks.
export { compilePolicy } from './compile-policy.ts'
export type { PolicyMemory } from './rule-index.ts'
export type { Action, CompiledPolicy, Decision, DecisionContext, DecisionLimits, FilterRead, Policy, PolicyInput, Reason, RowFilter, RuleTrace } from './types.ts'

// Policies in Rego: who has to be asked, and the decision with what they answered.
export { decideAsking } from './decide-asking.ts'
export type { Question, RegoDesk } from './decide-asking.ts'
export { NOTHING_TAKEN } from './rego-answers.ts'
export type { RegoAnswer, RegoAnswers, RegoAsk } from './types.ts'

// Who asks, for what, by which right.
export { ROLES } from './types.ts'
export type { AppliedPolicy, GovernedProduct, Grant, Resource, ResourceColumn, Role, Subject, SubjectKind } from './types.ts'

// Conditions that people write in SQL over a row.
export { parseSqlTemplate } from './sql-text.ts'
export type { SqlTemplate } from './sql-text.ts'

// Conditions in CEL, over whatever facts.
export { compileCondition, prepareFacts } from './condition.ts'
export type { Condition } from './condition.ts'

// The policies of a mesh folder: what is wrong with them, and whether they answer as their cases say.
export { checkMeshPolicies } from './check-policies.ts'
export { writtenConditions } from './written-conditions.ts'
export type { WrittenCondition } from './written-conditions.ts'
export { governedDataSet, meshPolicies, tryPolicyCases } from './try-cases.ts'
export type { TriedCase } from './try-cases.ts'
