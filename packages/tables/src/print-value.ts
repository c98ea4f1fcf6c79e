// A value of a primitive type as text that an engine casts back to it.

import type { Value } from '@tulle/lake'

const DAY = 86_400_000
const MICROS_PER_DAY = 86_400_000_000n

/** `type` is Iceberg's: `date`, `decimal(9, 2)`. */
export function printValue(type: string, value: Value): string {
  if (value instanceof Uint8Array) return type === 'uuid' ? Buffer.from(value).toString('hex') : Array.from(value, (byte) => `\\x${byte.toString(16).padStart(2, '0').toUpperCase()}`).join('')
  if (type === 'date') return dateText(Number(value))
  if (type === 'time') return timeText(BigInt(value))
  if (type.startsWith('timestamp')) {
    const micros = type.includes('_ns') ? BigInt(value) / 1000n : BigInt(value)
    const day = floor(micros, MICROS_PER_DAY)
    return `${dateText(Number(day))} ${timeText(micros - day * MICROS_PER_DAY)}${type.startsWith('timestamptz') ? '+00' : ''}`
  }
  const scale = /^decimal\(\d+,\s*(\d+)\)$/u.exec(type)?.[1]
  return scale === undefined || typeof value !== 'bigint' ? String(value) : decimalText(value, Number(scale))
}

const floor = (value: bigint, by: bigint): bigint => (value >= 0n ? value / by : -((-value + by - 1n) / by))

function dateText(days: number): string {
  const iso = new Date(days * DAY).toISOString()
  return iso.slice(0, iso.indexOf('T')).replace(/^\+0*/u, '')
}

function timeText(micros: bigint): string {
  const two = (value: bigint): string => String(value).padStart(2, '0')
  const seconds = micros / 1_000_000n
  return `${two(seconds / 3600n)}:${two((seconds / 60n) % 60n)}:${two(seconds % 60n)}.${String(micros % 1_000_000n).padStart(6, '0')}`
}

function decimalText(unscaled: bigint, scale: number): string {
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0')
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, digits.length - scale)}${scale === 0 ? '' : `.${digits.slice(-scale)}`}`
}
