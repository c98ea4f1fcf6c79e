// A call of a macro is its text with the arguments in the place of its parameters.

import type { TreeNode } from '@tulle/sql'
import type { Flow } from './flow.ts'
import { NOTHING } from './flow.ts'
import { textOf } from './node.ts'
import type { Reading, Rows, Scope } from './scope.ts'
import { NO_FROM } from './scope.ts'

type Macro = Reading['macros'] extends ReadonlyMap<string, infer M> ? M : never

export function callMacro(reading: Reading, macro: Macro, given: readonly TreeNode[], scope: Scope): Flow {
  return reading.query(macro.tree, inside(reading, macro, given, scope)).columns[0]?.flow ?? NOTHING
}

export function callTableMacro(reading: Reading, macro: Macro, given: readonly TreeNode[], scope: Scope): Rows {
  return reading.query(macro.tree, inside(reading, macro, given, scope))
}

/** Arguments stand by their place, or by the name of the parameter. */
function inside(reading: Reading, { parameters }: Macro, given: readonly TreeNode[], scope: Scope): Scope {
  const lambdas = new Map(parameters.map((name, i) => {
    const argument = given.find((one) => textOf(one['alias']).toLowerCase() === name.toLowerCase()) ?? given[i]
    return [name.toLowerCase(), argument === undefined ? NOTHING : reading.expression(argument, scope)] as const
  }))
  return { from: NO_FROM, ctes: new Map(), lambdas }
}
