// Reads a statement's tree, names what it touches, refuses what is not allowed, prints it.

// The tree, as the engine gives it.
export { parseTree, printTree } from './parse-tree.ts'
export { placeAt } from './place-at.ts'
export { isNode } from './parse-tree.ts'
export type { CheckedStatement, Comparison, Condition, Literal, TableRead, TableReference, Tree, TreeNode, TreeValue, VersionLiteral } from './types.ts'

// The gate.
export { checkStatement } from './check-statement.ts'
export type { GateOptions } from './check-statement.ts'
export { checkCondition, conditionProbe } from './check-condition.ts'
export { namesIn } from './names-in.ts'
export { findConditions } from './find-conditions.ts'
export type { FoundConditions } from './find-conditions.ts'
export { sameStatement } from './same-statement.ts'
export type { ReplacedReference } from './same-statement.ts'
export { checkText, TEXT_LIMIT } from './check-text.ts'
export { AGGREGATE_FUNCTIONS, ALLOWED_FUNCTIONS, ALLOWED_TABLE_FUNCTIONS } from './allowed-functions.ts'

// SQL from data, and foreign text into SQL.
export { selectStatement } from './select-statement.ts'
export type { DataQuery, QueryFilter, QueryOrder, SelectStatement } from './select-statement.ts'
export { quoteIdentifier, quoteLiteral } from './quote.ts'
export { endOfComment } from './end-of-comment.ts'
