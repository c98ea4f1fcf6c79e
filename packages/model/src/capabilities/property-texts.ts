// Properties that several capabilities share, described once.

import { z } from 'zod'
import { proseText, titleText } from '../kinds/envelope.ts'

export const titleProperty = titleText.optional().describe('What people read instead of the name.')
export const descriptionProperty = proseText.optional().describe('What it is, in a few sentences.')

/** Truth as people write it in specifications. */
export const truth = z.union([z.boolean(), z.enum(['Yes', 'No', 'yes', 'no', 'true', 'false'])])

export const isTrue = (value: z.output<typeof truth>): boolean => value === true || value === 'Yes' || value === 'yes' || value === 'true'

/** Drops members that are undefined, which `exactOptionalPropertyTypes` keeps apart from absent ones. */
export function withoutUndefined<T extends object>(value: T): { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & { [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as ReturnType<typeof withoutUndefined<T>>
}
