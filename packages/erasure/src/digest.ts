// A person as a digest that only this mesh can make: two stores of one person can be compared, nobody can go back.

import { createHash } from 'node:crypto'
import { quoteLiteral } from '@tulle/sql'

const sha = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex')

/** Hashed twice under the secret, as HMAC does, in a form that an engine computes as well. */
export const digestOf = (secret: string, key: string, value: string): string => sha(`${secret}.${sha(`${secret}:${key}:${value}`)}`)

/** The same as an engine's SQL; `value` is SQL of a text. */
export const digestSql = (secret: string, key: string, value: string): string =>
  `sha256(${quoteLiteral(`${secret}.`)} || sha256(${quoteLiteral(`${secret}:${key}:`)} || ${value}))`
