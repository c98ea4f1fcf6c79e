// Shapes that several endpoints share.

import { z } from 'zod'
import type { Diagnostic, Json } from '@tulle/kernel'

/** An instant as ISO 8601 in UTC. */
export const instant = z.iso.datetime({ offset: true })

/** Any JSON value whose shape another room owns. */
export const json = z.unknown() as z.ZodType<Json>

/** An answer that says nothing but "done" (HTTP 204). */
export const nothing = z.null()

const place = z.object({
  file: z.string(),
  line: z.number(),
  column: z.number(),
  length: z.number().optional(),
  source: z.string().optional(),
})

/** A finding, as every room makes it. */
export const diagnostic = z.object({
  code: z.string(),
  severity: z.enum(['error', 'warning', 'info']),
  message: z.string(),
  help: z.string().optional(),
  place: place.optional(),
  related: z.array(z.object({ place, message: z.string() })).readonly().optional(),
}).meta({ id: 'Diagnostic' }) as unknown as z.ZodType<Diagnostic, Diagnostic>

/** Whether the caller may do a thing, and if not, why: a button with its reason. */
export const permission = z.object({ allowed: z.boolean(), reason: z.string().optional() }).meta({ id: 'Permission' })
export type Permission = z.infer<typeof permission>

/** The name of a product, data set or the like, as it stands in a path. */
export const named = z.string().min(1).max(200)

/** How many to answer at most, as a query parameter. */
export const limit = (usual: number, most: number): z.ZodDefault<z.ZodCoercedNumber<number>> =>
  z.coerce.number<number>().int().min(1).max(most).default(usual)
