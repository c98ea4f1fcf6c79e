// The nouns of the files port: a link, what it stands for, and the file that it leads to.

import type { Result } from '@tulle/kernel'
import type { Field } from '@tulle/lake'
import type { VisibleTable, Who } from '../types.ts'

export const FILE_FORMATS = ['parquet', 'csv', 'arrow'] as const
export type FileFormat = (typeof FILE_FORMATS)[number]

/** What a link is bound to. Nothing of it is secret. */
export interface FileLink {
  readonly id: string
  readonly subjectId: string
  /** The API token that it was made with; where that ends, the link does. */
  readonly tokenId?: string
  readonly purpose?: string
  readonly productId: string
  /** `flights`, or `flights@2`. */
  readonly product: string
  readonly dataSet: string
  readonly snapshot: string
  readonly format: FileFormat
  /** All that the subject may see, where it names none. */
  readonly columns?: readonly string[]
  /** Seconds since 1970. */
  readonly expires: number
}

/** What a link is asked to be; the rest follows from whoever asks. */
export type WantedLink = Pick<FileLink, 'product' | 'dataSet' | 'format'> & { readonly columns?: readonly string[]; readonly snapshot?: string; readonly seconds: number }

/** A file that everybody may have who sees the same of the same snapshot. */
export interface MadeFile {
  readonly path: string
  readonly rows: number
  readonly bytes: number
  /** SHA-256 of its bytes. */
  readonly digest: string
}

/** What a link leads to, decided for who it was made for as they are now. */
export interface LinkStanding {
  /** Equal for everybody who sees the same of every snapshot of the data set. */
  readonly decision: string
  readonly table: VisibleTable
  readonly snapshot: string
  /** Of Parquet: the columns of that snapshot, with ids that tell of no column that is not among those that are visible today. */
  readonly fields: readonly Field[]
  /** Of Parquet: the columns as they are called and typed today. */
  readonly today: readonly Field[]
}

/** A file, opened for one request. */
export interface OpenFile extends MadeFile {
  readonly standing: LinkStanding
  readonly contentType: string
  readonly etag: string
  /** Bytes from `start` to `end`, each piece after the rights were asked again; throws `DataStopped` where they ended. */
  hand(range: { readonly start: number; readonly end: number }, signal: AbortSignal): Promise<Result<AsyncIterable<Uint8Array>>>
}

/** Finds who a link was made for, as they are now. */
export type WhoOf = (link: FileLink) => Who
