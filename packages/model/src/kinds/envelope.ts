// What every document of a mesh has around its spec: apiVersion, kind and metadata.

import { z } from 'zod'
import { isName } from '@tulle/kernel'

export const OWN_API_VERSION = 'tulle.dev/v1'
export const OAM_API_VERSION = 'core.oam.dev/v1beta1'

const NAME_RULE = 'must start with a lower-case letter and have only a-z, 0-9 and _, at most 63 characters'

/** A name that becomes part of addresses: `[a-z][a-z0-9_]{0,62}`. */
export const nameText = z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, NAME_RULE)

/** A name of a capability: kebab-case. */
export const typeText = z.string().regex(/^[a-z][a-z0-9]*(-[a-z0-9]+){0,10}$/, 'must be kebab-case, like nightly-csv-drop').max(63, 'may have at most 63 characters')

/** A line that people read. */
export const titleText = z.string().min(1, 'may not be empty').max(200, 'may have at most 200 characters')

/** Prose that people read. */
export const proseText = z.string().max(20_000, 'may have at most 20,000 characters')

const metadataWith = (name: z.ZodString) =>
  z.strictObject({
    name: name.describe('The name in addresses.'),
    title: titleText.optional().describe('What people read instead of the name.'),
    description: proseText.optional().describe('What it is, in a few sentences.'),
    labels: z.record(z.string(), z.string()).optional().describe('Free pairs of texts, carried along.'),
    annotations: z.record(z.string(), z.string()).optional().describe('Free pairs of texts, carried along.'),
  })

/** The description of a whole document of one kind. */
export const documentOfKind = <S extends z.ZodType, const K extends readonly [string, ...string[]], const V extends readonly [string, ...string[]]>(options: {
  kinds: K
  apiVersions: V
  name?: z.ZodString
  spec: S
}) =>
  z.strictObject({
    apiVersion: z.enum(options.apiVersions).describe('Which version of the shape this is.'),
    kind: z.enum(options.kinds).describe('What the document declares.'),
    metadata: metadataWith(options.name ?? nameText).describe('Name, title and description.'),
    spec: options.spec,
  })

/** An identifier for what is named by a title: `JDBC-Port of DP articles` → `jdbc_port_of_dp_articles`. */
export function nameFromTitle(title: string): string {
  if (isName(title)) return title
  const bare = title.normalize('NFKD').toLowerCase().replace(/[^a-z0-9]+/gu, '_').replace(/^_+|_+$/gu, '')
  const led = /^[a-z]/u.test(bare) ? bare : `c_${bare}`
  return led.slice(0, 63).replace(/_+$/u, '')
}
