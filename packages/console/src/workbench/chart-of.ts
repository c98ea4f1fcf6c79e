// Which columns of an answer make a chart, and how: what is chosen, else what their types suggest.

import type { QueryAnswer } from '@tulle/api'
import type { ChartChoice } from '../addresses.ts'
import { isNumber } from '../product/value.ts'

export interface Drawing {
  /** Columns by their place; `y` and `colour` are -1 for none. */
  readonly x: number
  readonly y: number
  readonly colour: number
  readonly mark: 'bar' | 'line' | 'dot'
}

const TIME = /^(?:date|time)/iu

export function chartOf({ columns }: Pick<QueryAnswer, 'columns'>, choice: ChartChoice): Drawing {
  const names = columns.map(({ name }) => name)
  const at = (name: string | undefined, otherwise: number): number => (name !== undefined && names.includes(name) ? names.indexOf(name) : otherwise)
  const y = at(choice.y, columns.findIndex(({ type }) => isNumber(type)))
  const x = at(choice.x, Math.max(0, columns.findIndex((_, i) => i !== y)))
  const mark = choice.mark ?? (TIME.test(columns[x]?.type ?? '') ? 'line' : isNumber(columns[x]?.type ?? '') && x !== y ? 'dot' : 'bar')
  return { x, y, colour: at(choice.colour, -1), mark }
}
