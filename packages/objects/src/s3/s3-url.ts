// Where an object of S3 is: its `s3://` address, and the URL that a request for it is sent to.

/** How the bucket is named: as the first part of the path, or of the host. */
export type S3Style = 'path' | 'virtual-host'

export interface S3Place {
  /** `https://host[:port]`, without the bucket and without a path. */
  readonly endpoint: string
  readonly bucket: string
  readonly style: S3Style
}

/** A URL in which every byte outside A–Z a–z 0–9 - . _ ~ is percent-encoded: what is signed is then what is sent. */
export function s3Url({ endpoint, bucket, style }: S3Place, key: string, query: Readonly<Record<string, string>> = {}): URL {
  const url = new URL(endpoint)
  if (style === 'virtual-host') url.hostname = `${bucket}.${url.hostname}`
  const parts = [...(style === 'path' ? [bucket] : []), ...(key === '' ? [] : key.split('/'))]
  url.pathname = `/${parts.map(percentEncoded).join('/')}`
  url.search = Object.entries(query).map(([name, value]) => `${percentEncoded(name)}=${percentEncoded(value)}`).join('&')
  return url
}

const percentEncoded = (text: string): string =>
  encodeURIComponent(text).replaceAll(/[!'()*]/gu, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)

/** Bucket names that fit both styles; names with dots break certificates, but are still in use. */
export const isBucketName = (name: string): boolean => /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/u.test(name) && !name.includes('..')

/** An origin and nothing else: no user, path or query that would end up in every request. */
export function isEndpoint(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && /^https?:$/u.test(url.protocol) && (text === url.origin || text === `${url.origin}/`)
}
