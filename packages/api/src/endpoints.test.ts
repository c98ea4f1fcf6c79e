import { expect, it, describe } from 'vitest'
import type { Endpoint } from './endpoint.ts'
import { endpoints } from './endpoints.ts'

const table = Object.entries<Endpoint>(endpoints)

describe('the table of endpoints', () => {
  it.each(table)('%s names each input once, and its path parameters exactly', (_name, endpoint) => {
    const names = [endpoint.params, endpoint.query, endpoint.body].flatMap((schema) => Object.keys(schema?.shape ?? {}))
    expect(new Set(names).size).toBe(names.length)
    const inPath = [...endpoint.path.matchAll(/:([A-Za-z]+)/g)].map((match) => match[1])
    expect(Object.keys(endpoint.params?.shape ?? {})).toEqual(inPath)
  })

  it('has no two endpoints behind one method and path', () => {
    const doors = table.map(([, endpoint]) => `${endpoint.method} ${endpoint.path.replace(/:[A-Za-z]+/g, ':')}`)
    expect(doors.toSorted()).toEqual([...new Set(doors)].toSorted())
  })

  it('lets strangers only see the status and sign in', () => {
    expect(table.filter(([, endpoint]) => endpoint.auth === 'public').map(([name]) => name)).toEqual(['status', 'signIn', 'finishSignIn', 'beginDeviceSignIn', 'finishDeviceSignIn'])
  })

  it('says what each endpoint does in a sentence', () => {
    expect(table.filter(([, endpoint]) => !/^[A-Z].*[.]$/.test(endpoint.summary))).toEqual([])
  })
})
