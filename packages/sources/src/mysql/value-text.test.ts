// Node sees only some of the names that this CommonJS module exports.
import mysql from 'mysql2'
import { expect, it } from 'vitest'
import { Types } from './value-text.ts'

it.each(Object.entries(Types))('%s has the number %d that the driver has for it', (name, number) => {
  expect(mysql.Types[name as keyof typeof Types]).toBe(number)
})
