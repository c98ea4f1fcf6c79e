// Decides who may do what with which columns and rows, purely.

// The one question that every port asks.
export { compilePolicy } from './compile-policy.ts'
export type { Action, Decision, DecisionContext, DecisionLimits, FilterRead, Policy, PolicyInput, Reason, RowFilter } from './types.ts'

// Who asks, for what, by which right.
export { ROLES } from './types.ts'
export type { GovernedProduct, Grant, Resource, ResourceColumn, Role, Subject, SubjectKind } from './types.ts'
