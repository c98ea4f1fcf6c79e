import { expect, it } from 'vitest'
import { lineBetween, middleLine, portAt, short } from './shape.ts'

it('spreads ports over the height of their box, and lets those beyond five share the last place', () => {
  expect([0, 1].map((i) => portAt(i, 2, 60))).toEqual([20, 40])
  expect([4, 5, 20].map((i) => portAt(i, 21, 60))).toEqual([50, 50, 50])
})

it('leads a line from the right of what is read to the port of what reads it', () => {
  expect(lineBetween({ x: 0, y: 0, width: 100, height: 60 }, { x: 300, y: 100, width: 100, height: 60 }, 20)).toBe('M100 30C200 30 200 120 300 120')
  expect(middleLine({ x: 0, y: 0, width: 100, height: 60 }, { x: 300, y: 100, width: 100, height: 60 })).toBe('M50 30L350 130')
})

it('shortens texts by characters, never within one', () => {
  expect([short('Flights', 7), short('Flights of all', 8), short('✈️🛫🛬🛩️', 3)]).toEqual(['Flights', 'Flights…', '✈️…'])
})
