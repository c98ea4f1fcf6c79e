// Reads where and how tables in S3 are reached. What is wrong is said without a secret.

import type { Diagnostic } from '@tulle/kernel'
import { isBucketName, isEndpoint } from '@tulle/objects'
import type { S3Options } from '@tulle/objects'
import { messages } from './messages.ts'

export interface S3Warehouse extends Pick<S3Options, 'bucket' | 'prefix' | 'endpoint' | 'region' | 'style' | 'credentials'> {
  /** How large the local copies of its objects may grow together. */
  readonly cacheBytes: number
}

const USUAL_CACHE_GIGABYTES = 20

/** Undefined where the warehouse is no bucket; otherwise as far as the settings go, with what is wrong in `diagnostics`. */
export function readS3Settings(environment: NodeJS.ProcessEnv, diagnostics: Diagnostic[]): S3Warehouse | undefined {
  const address = environment['TULLE_WAREHOUSE'] || undefined
  return address === undefined ? undefined : readS3Place(environment, { name: 'TULLE_WAREHOUSE', address }, diagnostics)
}

/** The place at an address that a setting gives, by the settings that hold for all of S3. */
export function readS3Place(environment: NodeJS.ProcessEnv, place: { readonly name: string; readonly address: string }, diagnostics: Diagnostic[]): S3Warehouse {
  const value = (name: string): string | undefined => environment[name] || undefined
  const refuse = (name: string, want: string): void => void diagnostics.push(messages['bad-setting']({ name, value: withoutUser(environment[name] ?? ''), want }))
  const { name, address } = place
  const { bucket = '', prefix = '' } = /^s3:\/\/(?<bucket>[^/]+)(?:\/(?<prefix>[^/].*?))?\/?$/u.exec(address)?.groups ?? {}
  if (!isBucketName(bucket) || !isPlain(prefix)) refuse(name, 'an address such as s3://bucket/folder')
  const region = value('TULLE_S3_REGION') ?? value('AWS_REGION') ?? value('AWS_DEFAULT_REGION') ?? 'us-east-1'
  if (!/^[a-z0-9-]{1,64}$/u.test(region)) refuse('TULLE_S3_REGION', 'a region such as eu-central-1')
  const ownEndpoint = value('TULLE_S3_ENDPOINT')
  if (ownEndpoint !== undefined && !isEndpoint(ownEndpoint)) refuse('TULLE_S3_ENDPOINT', 'an address such as https://s3.example.com:9000')
  const style = value('TULLE_S3_STYLE') ?? (ownEndpoint === undefined ? 'virtual-host' : 'path')
  if (style !== 'path' && style !== 'virtual-host') refuse('TULLE_S3_STYLE', 'path or virtual-host')
  const gigabytes = Number(value('TULLE_S3_CACHE_GB') ?? USUAL_CACHE_GIGABYTES)
  if (!(gigabytes > 0 && gigabytes <= 1_000_000)) refuse('TULLE_S3_CACHE_GB', 'a number of gigabytes above 0')
  const [accessKeyId, secretAccessKey, sessionToken] = [value('AWS_ACCESS_KEY_ID'), value('AWS_SECRET_ACCESS_KEY'), value('AWS_SESSION_TOKEN')]
  if (accessKeyId === undefined || secretAccessKey === undefined) diagnostics.push(messages['s3-credentials-missing']({ address: withoutUser(address) }))
  const credentials = { accessKeyId: accessKeyId ?? '', secretAccessKey: secretAccessKey ?? '', ...(sessionToken !== undefined && { sessionToken }) }
  // In a function, so that whoever prints the settings prints no secret.
  return {
    bucket, prefix, region, endpoint: ownEndpoint ?? `https://s3.${region}.amazonaws.com`, style: style === 'path' ? 'path' : 'virtual-host',
    credentials: () => credentials, cacheBytes: gigabytes * 1024 ** 3,
  }
}

/** Folders that a URL, a file system and a glob all read in the same way. */
const isPlain = (prefix: string): boolean => prefix === '' || /^[\w.=-]+(?:\/[\w.=-]+)*$/u.test(prefix) && !prefix.split('/').some((name) => /^\.+$/u.test(name))

/** People put keys where a user's name may stand in a URL. */
const withoutUser = (address: string): string => address.replace(/\/\/[^/]*@/u, '//…@')
