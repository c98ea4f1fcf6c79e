import { describe, expect, it } from 'vitest'
import { compileCondition, prepareFacts } from './condition.ts'

const FACTS = { subject: { name: 'ana', teams: ['safety_lab'], attributes: { region: 'EU', level: 3, tags: ['a'] } }, product: { name: 'flights' }, purpose: '' }

const answer = (text: string): string => {
  const condition = compileCondition(text)
  if (!condition.ok) return 'refused'
  const said = condition.value(prepareFacts(FACTS))
  return typeof said === 'boolean' ? String(said) : 'error'
}

describe('a condition in CEL', () => {
  it.each([
    ['subject.attributes.region == "EU"', 'true'],
    ['subject.attributes.region in ["US", "CA"]', 'false'],
    ['subject.attributes.level >= 3 && subject.attributes.level + 1 == 4', 'true'],
    ['has(subject.attributes.clearance) && subject.attributes.clearance > 1', 'false'],
    ['"safety_lab" in subject.teams', 'true'],
    ['subject.teams.exists(team, team.startsWith("safety"))', 'true'],
    ['subject.name.matches("^[a-c]n")', 'true'],
    ['purpose == ""', 'true'],
    // No answer.
    ['subject.attributes.clearance > 1', 'error'],
    ['subject.attributes.region > 1', 'error'],
    ['1 / 0 == 1', 'error'],
    ['nothing', 'error'],
    ['constructor', 'error'],
    ['subject.__proto__.x == 1', 'error'],
    ['subject.name', 'error'],
    ['unknown_function(1)', 'error'],
    // No condition.
    ['', 'refused'],
    ['1 +', 'refused'],
    [`${'('.repeat(60)}true${')'.repeat(60)}`, 'refused'],
    [`true${' && true'.repeat(300)}`, 'refused'],
    ['subject.teams.all(a, subject.teams.all(b, subject.teams.all(c, true)))', 'refused'],
    ['subject.name.matches(subject.attributes.region)', 'refused'],
    [`subject.name.matches("${'a'.repeat(201)}")`, 'refused'],
  ])('%s is %s', (text, expected) => expect(answer(text)).toBe(expected))

  it('gives no answer where a subject has more attributes than anybody needs', () => {
    const condition = compileCondition('true')
    expect(condition.ok && condition.value(prepareFacts({ subject: { attributes: { text: 'x'.repeat(20_000) } } }))).toEqual({ error: 'the attributes are too many' })
  })

  it('takes no longer for a pattern that would hold others up', () => {
    const condition = compileCondition('subject.name.matches("^(a+)+$")')
    const start = performance.now()
    expect(condition.ok && condition.value(prepareFacts({ subject: { name: `${'a'.repeat(5_000)}!` } }))).toBe(false)
    expect(performance.now() - start).toBeLessThan(2_000)
  })
})
