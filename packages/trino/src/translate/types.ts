// The nouns of a translation: an expression over a row as a tree, and what its parts are of.

/** What an expression gives. `other` can be shown and asked whether it is null, and nothing else. */
export type Sort = 'boolean' | 'int' | 'long' | 'decimal' | 'float' | 'double' | 'string' | 'date' | 'timestamp' | 'timestamptz' | 'uuid' | 'list' | 'null' | 'other'

export type Expression =
  | { readonly kind: 'column'; readonly name: string }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'word'; readonly word: 'true' | 'false' | 'null' }
  | { readonly kind: 'typed'; readonly type: 'date' | 'timestamp'; readonly value: string }
  | { readonly kind: 'list'; readonly items: readonly Expression[] }
  | { readonly kind: 'not' | 'minus'; readonly of: Expression }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'is-null'; readonly of: Expression; readonly negated: boolean }
  | { readonly kind: 'distinct'; readonly left: Expression; readonly right: Expression; readonly negated: boolean }
  | { readonly kind: 'between'; readonly of: Expression; readonly low: Expression; readonly high: Expression; readonly negated: boolean }
  | { readonly kind: 'in'; readonly of: Expression; readonly items: readonly Expression[]; readonly negated: boolean }
  | { readonly kind: 'like'; readonly of: Expression; readonly pattern: Expression; readonly escape?: Expression; readonly ignoresCase: boolean; readonly negated: boolean }
  | { readonly kind: 'case'; readonly of?: Expression; readonly branches: readonly (readonly [when: Expression, then: Expression])[]; readonly otherwise?: Expression }
  | { readonly kind: 'cast'; readonly of: Expression; readonly type: string; readonly tries: boolean }
  | { readonly kind: 'extract'; readonly unit: string; readonly of: Expression }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] }

/** Thrown within a translation and caught at its door: why an expression cannot be said. */
export class Untranslatable extends Error {}

export function cannot(what: string): never {
  throw new Untranslatable(what)
}
