import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { around, fit, holds, levelOf, moveBy, nearestTowards, pinch, readView, seen, writeView, zoomAt } from './view.ts'
import type { Point, View } from './view.ts'

const number = (min: number, max: number) => fc.double({ min, max, noNaN: true })
const points = fc.record({ x: number(0, 1500), y: number(0, 900) })
const views = fc.record({ x: number(-5000, 5000), y: number(-5000, 5000), k: number(0.02, 2.5) })
const under = ({ x, y, k }: View, point: Point): Point => ({ x: (point.x - x) / k, y: (point.y - y) / k })
const isClose = (a: Point, b: Point): boolean => Math.hypot(a.x - b.x, a.y - b.y) < 1e-3

describe('the window on the map', () => {
  it('keeps what is under the pointer there, nearer or farther', () => {
    fc.assert(fc.property(views, points, number(0.2, 5), (view, point, factor) => isClose(under(view, point), under(zoomAt(view, point, factor), point))))
  })

  it('keeps the place between two fingers between them', () => {
    fc.assert(fc.property(views, points, points, points, points, (view, a, b, c, d) => {
      const middle = (p: Point, q: Point): Point => ({ x: (p.x + q.x) / 2, y: (p.y + q.y) / 2 })
      return isClose(under(view, middle(a, b)), under(pinch(view, [a, b], [c, d]), middle(c, d)))
    }))
  })

  it('comes nearer as fingers part', () => {
    const [view, a, b] = [{ x: 0, y: 0, k: 0.5 }, { x: 100, y: 100 }, { x: 200, y: 100 }]
    expect(pinch(view, [a, b], [{ x: 50, y: 100 }, { x: 250, y: 100 }]).k).toBe(1)
  })

  it('shows all of an area that it fits, and nothing larger than it is told', () => {
    const size = { width: 800, height: 600 }
    for (const area of [{ x: -50, y: 20, width: 9_000, height: 300 }, { x: 0, y: 0, width: 10, height: 10 }, { x: 5, y: 5, width: 100, height: 20_000 }]) {
      const view = fit(area, size)
      expect(holds(seen(view, size), area)).toBe(true)
      expect(view.k).toBeLessThanOrEqual(1)
    }
  })

  it('never gets so near or far that nothing can be seen', () => {
    expect(zoomAt({ x: 0, y: 0, k: 1 }, { x: 0, y: 0 }, 1e9).k).toBe(2.5)
    expect(zoomAt({ x: 0, y: 0, k: 1 }, { x: 0, y: 0 }, 1e-9).k).toBe(0.02)
    expect([0.1, 0.6, 1].map(levelOf)).toEqual(['far', 'near', 'close'])
  })

  it('comes back from its address as it was', () => {
    fc.assert(fc.property(views, (view) => {
      const back = readView(writeView(view))
      expect(back === undefined ? back : writeView(back)).toBe(writeView(view))
    }))
    expect(readView('-120,40,0.5')).toEqual({ x: -120, y: 40, k: 0.5 })
  })

  it.each([undefined, '', '1', '1,2', '1,2,0', '1,2,3', '1,2,0.5,4', 'a,b,c', '1,,1', 'NaN,1,1', '1e300,0,1', '1,2,Infinity'])('does not understand %s', (text) => {
    expect(readView(text)).toBeUndefined()
  })

  it('finds the nearest in a direction, those ahead before those aside', () => {
    const at = (x: number, y: number) => ({ x: x - 5, y: y - 5, width: 10, height: 10 })
    const [ahead, aside, behind] = [at(100, 0), at(60, 60), at(-20, 0)]
    expect(nearestTowards({ x: 0, y: 0 }, { x: 1, y: 0 }, [aside, behind, ahead])).toBe(ahead)
    expect(nearestTowards({ x: 0, y: 0 }, { x: 0, y: 1 }, [aside, behind, ahead])).toBe(aside)
    expect(nearestTowards({ x: 0, y: 0 }, { x: 0, y: -1 }, [aside, behind, ahead])).toBeUndefined()
  })

  it('is around all of them, or around nothing', () => {
    expect(around([{ x: 0, y: 5, width: 10, height: 10 }, { x: -5, y: 20, width: 5, height: 5 }])).toEqual({ x: -5, y: 5, width: 15, height: 20 })
    expect(around([])).toBeUndefined()
    expect(moveBy({ x: 1, y: 2, k: 1 }, { x: 3, y: -2 })).toEqual({ x: 4, y: 0, k: 1 })
  })
})
