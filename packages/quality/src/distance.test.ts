import { describe, expect, it } from 'vitest'
import { distanceOf, upperGamma } from './distance.ts'

const reference = { values: ['a', 'b', 'c'], weights: [1, 1, 2] }

describe('the distance from a reference', () => {
  it('of what is as it should be is nothing', () => {
    expect(distanceOf('kl-divergence', [0, 25, 25, 50], reference)).toBe(0)
    expect(distanceOf('psi', [0, 25, 25, 50], reference)).toBe(0)
    expect(distanceOf('chi-square', [0, 25, 25, 50], reference)).toBe(1)
  })

  // scipy.stats.entropy([.5, .25, .25], [.25, .25, .5]) and scipy.stats.chisquare([50, 25, 25], [25, 25, 50])
  it('is what others compute', () => {
    expect(distanceOf('kl-divergence', [0, 50, 25, 25], reference)).toBeCloseTo(0.1732867951399863, 12)
    expect(distanceOf('chi-square', [0, 50, 25, 25], reference)).toBeCloseTo(Math.exp(-37.5 / 2), 15)
    expect(distanceOf('psi', [0, 50, 25, 25], reference)).toBeCloseTo(0.5 * Math.log(2), 12)
  })

  it('of what the reference has not is without end, and its chance nothing', () => {
    expect(distanceOf('kl-divergence', [1, 25, 25, 50], reference)).toBe(Infinity)
    expect(distanceOf('chi-square', [1, 25, 25, 50], reference)).toBe(0)
  })

  it('of nothing is not known', () => {
    expect(distanceOf('kl-divergence', [0, 0, 0, 0], reference)).toBeUndefined()
  })

  // From tables of the chi-square distribution: degrees of freedom, statistic, upper tail.
  it.each([[1, 3.841458820694124, 0.05], [2, 5.991464547107979, 0.05], [10, 18.307038053275146, 0.05], [100, 124.34211340400407, 0.05], [3, 0.3518463177492717, 0.95], [1, 10.827566170662733, 0.001]])(
    'the upper tail of %d degrees of freedom at %d is %d', (degrees, statistic, tail) => {
      expect(upperGamma(degrees / 2, statistic / 2)).toBeCloseTo(tail, 10)
    })
})
