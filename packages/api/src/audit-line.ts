// The parts of an audit entry that lists of them show: at the command line, in the console.

import type { Json } from '@tulle/kernel'
import type { AuditEntry } from './audit.ts'

export interface AuditLine {
  readonly subject?: string
  readonly token?: string
  readonly port?: string
  readonly purpose?: string | null
  readonly decision?: string
  readonly outcome?: string
  readonly rows?: number
  readonly reads?: readonly { readonly product: string; readonly dataSet: string }[]
  readonly reasons?: readonly string[]
  readonly statement?: string
  readonly deed?: Readonly<Record<string, Json>>
}

export const auditLine = ({ body }: AuditEntry): AuditLine => (typeof body === 'object' && body !== null ? (body as AuditLine) : {})

/** Each product, or data set, that was read, once: `flights.flights`. */
export const readsOf = ({ reads = [] }: AuditLine): readonly string[] => [...new Set(reads.map(({ product, dataSet }) => (dataSet === '' ? product : `${product}.${dataSet}`)))]

/** What of a deed says most, in this order. */
const DEED = ['event', 'operation', 'door', 'change', 'action', 'about'] as const

/** The statement, else the deed in a few words. */
export const whatOf = ({ statement, deed }: AuditLine): string => statement ?? DEED.flatMap((name) => (deed?.[name] === undefined ? [] : [String(deed[name])])).join(' ')
