// How much may leave of a product for one subject within an hour: said for the mesh, a product or an output port. The narrowest word holds.

import { z } from 'zod'
import { withoutUndefined } from '../capabilities/without-undefined.ts'
import type { ExportRules } from '../types.ts'
import { bytesOf, size } from './written-units.ts'

const count = z.int().min(1, 'must be a whole number from 1').max(1_000_000_000_000, 'may be at most 1000000000000')

export const exportShape = z.strictObject({
  'rows-per-hour': count.optional().describe('Rows that one subject may take within an hour.'),
  'bytes-per-hour': size.optional().describe('Bytes that one subject may take within an hour, such as 500MB.'),
  'statements-per-hour': count.optional().describe('Statements that one subject may begin within an hour.'),
}).optional().describe("What one subject may take of a product within an hour by all its ports; more is cut in its middle, and the way is closed until somebody opens it. Of the operator's, the mesh's, the product's and its ports' words the narrowest holds.")

export function exportRulesOf(written: z.output<typeof exportShape>): ExportRules | undefined {
  if (written === undefined) return undefined
  const { 'rows-per-hour': rows, 'bytes-per-hour': bytes, 'statements-per-hour': statements } = written
  return withoutUndefined({ rows, bytes: bytes === undefined ? undefined : bytesOf(bytes), statements })
}

/** Of each measure the least that anybody says; undefined where nobody says anything. */
export function narrowestExport(words: readonly (ExportRules | undefined)[]): ExportRules | undefined {
  const least = (measure: keyof ExportRules): number | undefined => {
    const said = words.flatMap((word) => word?.[measure] ?? [])
    return said.length === 0 ? undefined : Math.min(...said)
  }
  const rules: ExportRules = withoutUndefined({ rows: least('rows'), bytes: least('bytes'), statements: least('statements') })
  return Object.keys(rules).length === 0 ? undefined : rules
}
