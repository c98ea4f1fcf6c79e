// The nouns of the files port: a link, what it stands for, and the file that it leads to.

import type { Result } from '@tulle/kernel'
import type { Who } from '../types.ts'

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
export interface MadeFile { readonly path: string; readonly rows: number; readonly bytes: number }

/** A file, opened for one request. */
export interface OpenFile extends MadeFile {
  readonly contentType: string
  readonly etag: string
  /** Bytes from `start` to `end`, each piece after the rights were asked again; throws `DataStopped` where they ended. */
  hand(range: { readonly start: number; readonly end: number }, signal: AbortSignal): Promise<Result<AsyncIterable<Uint8Array>>>
}

/** Finds who a link was made for, as they are now. */
export type WhoOf = (link: FileLink) => Who
