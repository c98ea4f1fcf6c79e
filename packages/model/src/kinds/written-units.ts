// Times and sizes as people write them in a mesh folder.

import { z } from 'zod'

const MINUTE = 60_000
const UNITS: Readonly<Record<string, number>> = { m: MINUTE, h: 60 * MINUTE, d: 24 * 60 * MINUTE, w: 7 * 24 * 60 * MINUTE }
const SIZES: Readonly<Record<string, number>> = { KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 }

export const duration = z.string().regex(/^[1-9]\d{0,5}[mhdw]$/u, 'must be a number with m, h, d or w for minutes, hours, days or weeks, like 30d')
export const size = z.string().regex(/^[1-9]\d{0,5}(KB|MB|GB)$/u, 'must be a number with KB, MB or GB, like 128MB')

export const millisecondsOf = (text: string): number => Number.parseInt(text, 10) * (UNITS[text.at(-1) ?? ''] ?? 0)
export const bytesOf = (text: string): number => Number.parseInt(text, 10) * (SIZES[text.replace(/\d+/u, '')] ?? 0)

/** A time too short for minutes. */
export const moment = z.string().regex(/^[1-9]\d{0,5}(ms|s)$/u, 'must be a number with ms or s for milliseconds or seconds, like 500ms')
export const momentOf = (text: string): number => Number.parseInt(text, 10) * (text.endsWith('ms') ? 1 : 1000)
