import { describe, expect, it } from 'vitest'
import { rememberUnchanged } from './remember-unchanged.ts'

describe('what is dear to read', () => {
  it('is read once for each version of each, and forgotten with it', async () => {
    const read: string[] = []
    let broken = ''
    const all = rememberUnchanged(async (name) => {
      read.push(name)
      if (name === broken) throw new Error('broken')
      return name.toUpperCase()
    })
    const ask = async (versions: Readonly<Record<string, string>>) => {
      const answer = await all(new Map(Object.entries(versions))).catch(() => 'failed')
      return [answer, read.splice(0)]
    }
    expect(await ask({ a: '1', b: '1' })).toEqual([['A', 'B'], ['a', 'b']])
    expect(await ask({ b: '1', a: '1' })).toEqual([['B', 'A'], []])
    expect(await ask({ a: '2', b: '1', c: '1' })).toEqual([['A', 'B', 'C'], ['a', 'c']])
    expect(await ask({ a: '2' })).toEqual([['A'], []])
    expect(await ask({ a: '2', b: '1' })).toEqual([['A', 'B'], ['b']])
    broken = 'a'
    expect(await ask({ a: '3', b: '1' })).toEqual(['failed', ['a']])
    broken = ''
    expect(await ask({ a: '3', b: '1' })).toEqual([['A', 'B'], ['a']])
  })
  it('is the one from before where it says the same', async () => {
    let text = 'one'
    const all = rememberUnchanged(async (name) => ({ name, text }), (before, now) => before.text === now.text)
    const [first] = await all(new Map([['a', '1']]))
    const [second] = await all(new Map([['a', '2']]))
    text = 'other'
    const [third] = await all(new Map([['a', '3']]))
    expect([second === first, third === first, third?.text]).toEqual([true, false, 'other'])
  })
})
