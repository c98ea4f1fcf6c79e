// A HyperLogLog of 65,536 registers as text: a character per register, `0` for an empty one. Its standard error is 0.41 %.
// The estimate is Ertl's of 2017, which needs no tables and no correction of small counts.

export const REGISTER_BITS = 16
/** Of a hash, beside those that choose the register. */
export const RANK_BITS = 48
const ZERO = 48

export const joinRegisters = (a: string, b: string): string => {
  let joined = ''
  for (let i = 0; i < a.length; i += 1) joined += (a[i] as string) >= (b[i] ?? '0') ? a[i] : b[i]
  return joined
}

/** How many distinct values were seen. */
export function countOf(registers: string): number {
  const m = registers.length
  const counts = Array.from({ length: RANK_BITS + 2 }, () => 0)
  for (let i = 0; i < m; i += 1) {
    const rank = Math.min(Math.max(registers.charCodeAt(i) - ZERO, 0), RANK_BITS + 1)
    counts[rank] = (counts[rank] as number) + 1
  }
  let z = m * tau(1 - (counts[RANK_BITS + 1] as number) / m)
  for (let k = RANK_BITS; k >= 1; k -= 1) z = 0.5 * (z + (counts[k] as number))
  z += m * sigma((counts[0] as number) / m)
  return m === 0 ? 0 : Math.round((m * m) / (2 * Math.LN2 * z))
}

function sigma(share: number): number {
  if (share === 1) return Infinity
  let [x, y, z] = [share, 1, share]
  for (let before = NaN; z !== before;) {
    before = z
    x *= x
    z += x * y
    y *= 2
  }
  return z
}

function tau(share: number): number {
  if (share === 0 || share === 1) return 0
  let [x, y, z] = [share, 1, 1 - share]
  for (let before = NaN; z !== before;) {
    before = z
    x = Math.sqrt(x)
    y /= 2
    z -= (1 - x) ** 2 * y
  }
  return z / 3
}
