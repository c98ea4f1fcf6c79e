// Decides who may do what with which columns and rows, purely.

// The one question that every port asks.
export { compilePolicy } from './compile-policy.ts'
export type { Action, Decision, DecisionContext, Policy, PolicyInput, Reason } from './types.ts'

// Who asks, for what, by which right.
export { ROLES } from './types.ts'
export type { GovernedProduct, Grant, Resource, ResourceColumn, Role, Subject } from './types.ts'
