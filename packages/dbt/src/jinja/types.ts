// The nouns of a template: its tokens and its tree. `at` is always an offset into the template's text.

export type TokenKind = 'data' | 'open-block' | 'close-block' | 'open-variable' | 'close-variable' | 'name' | 'text' | 'integer' | 'float' | 'operator' | 'end'

export interface Token { readonly kind: TokenKind; readonly value: string; readonly at: number }

/** A default belongs to the last parameters, as in Python. */
export interface Parameter { readonly name: string; readonly fallback?: ExpressionNode }

export interface Argument { readonly name?: string; readonly value: ExpressionNode; readonly spread?: 'list' | 'map' }

export type ExpressionNode =
  | { readonly kind: 'constant'; readonly at: number; readonly value: null | boolean | number | string; readonly float?: true }
  | { readonly kind: 'name'; readonly at: number; readonly name: string }
  | { readonly kind: 'list' | 'tuple'; readonly at: number; readonly items: readonly ExpressionNode[] }
  | { readonly kind: 'map'; readonly at: number; readonly pairs: readonly (readonly [ExpressionNode, ExpressionNode])[] }
  | { readonly kind: 'attribute'; readonly at: number; readonly of: ExpressionNode; readonly name: string }
  | { readonly kind: 'item'; readonly at: number; readonly of: ExpressionNode; readonly key: ExpressionNode }
  | { readonly kind: 'slice'; readonly at: number; readonly of: ExpressionNode; readonly from?: ExpressionNode; readonly to?: ExpressionNode; readonly step?: ExpressionNode }
  | { readonly kind: 'call'; readonly at: number; readonly callee: ExpressionNode; readonly args: readonly Argument[] }
  | { readonly kind: 'filter'; readonly at: number; readonly of: ExpressionNode; readonly name: string; readonly args: readonly Argument[] }
  | { readonly kind: 'test'; readonly at: number; readonly of: ExpressionNode; readonly name: string; readonly args: readonly Argument[]; readonly negated: boolean }
  | { readonly kind: 'unary'; readonly at: number; readonly operator: 'not' | '-' | '+'; readonly of: ExpressionNode }
  | { readonly kind: 'binary'; readonly at: number; readonly operator: string; readonly left: ExpressionNode; readonly right: ExpressionNode }
  | { readonly kind: 'compare'; readonly at: number; readonly first: ExpressionNode; readonly rest: readonly { readonly operator: string; readonly value: ExpressionNode }[] }
  | { readonly kind: 'choice'; readonly at: number; readonly condition: ExpressionNode; readonly value: ExpressionNode; readonly otherwise?: ExpressionNode }

/** What a `set` or a `for` writes to: a name, several, or a member of a namespace. */
export type TargetNode =
  | { readonly kind: 'one'; readonly name: string }
  | { readonly kind: 'several'; readonly targets: readonly TargetNode[] }
  | { readonly kind: 'member'; readonly of: string; readonly name: string }

export type StatementNode =
  | { readonly kind: 'data'; readonly at: number; readonly text: string }
  | { readonly kind: 'output'; readonly at: number; readonly value: ExpressionNode }
  | { readonly kind: 'do'; readonly at: number; readonly value: ExpressionNode }
  | { readonly kind: 'if'; readonly at: number; readonly branches: readonly { readonly condition: ExpressionNode; readonly body: Body }[]; readonly otherwise: Body }
  | { readonly kind: 'for'; readonly at: number; readonly target: TargetNode; readonly over: ExpressionNode; readonly condition?: ExpressionNode; readonly body: Body; readonly otherwise: Body; readonly recursive: boolean }
  | { readonly kind: 'set'; readonly at: number; readonly target: TargetNode; readonly value: ExpressionNode }
  | { readonly kind: 'set-block'; readonly at: number; readonly target: TargetNode; readonly body: Body; readonly filters: readonly FilterUse[] }
  | { readonly kind: 'filter-block'; readonly at: number; readonly filters: readonly FilterUse[]; readonly body: Body }
  | { readonly kind: 'with'; readonly at: number; readonly sets: readonly { readonly target: TargetNode; readonly value: ExpressionNode }[]; readonly body: Body }
  | { readonly kind: 'call-block'; readonly at: number; readonly parameters: readonly Parameter[]; readonly call: ExpressionNode; readonly body: Body }
  | { readonly kind: 'break' | 'continue'; readonly at: number }
  | BlockNode

export interface FilterUse { readonly name: string; readonly args: readonly Argument[]; readonly at: number }

export type Body = readonly StatementNode[]

/** A named piece: a macro, and dbt's own kinds of it. `options` are a materialization's. */
export interface BlockNode {
  readonly kind: 'macro' | 'test' | 'materialization' | 'snapshot'
  readonly at: number
  readonly end: number
  readonly name: string
  readonly parameters: readonly Parameter[]
  readonly options: Readonly<Record<string, ExpressionNode>>
  readonly body: Body
}

/** A template that is read: `file` and `text` are for places. */
export interface Template { readonly file: string; readonly text: string; readonly body: Body }
