// What SodaCL calls missing and invalid: the configuration of a check to what is wrong with a row. Pure.

import type { RowRule, Scalar } from '../types.ts'
import type { Fault, Obj } from '../read-values.ts'
import { isFault, isNumeric, isTemporal, patternFault, textOf, valuesFor } from '../read-values.ts'

/** The formats that are known by a name; a whole value matches. */
export const FORMATS: Readonly<Record<string, string>> = {
  'email': String.raw`[A-Za-z0-9._%+'-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}`,
  'uuid': '[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}',
  'integer': String.raw` *[-+]? *\d+ *`, 'positive integer': String.raw` *\+? *\d+ *`, 'negative integer': String.raw` *(- *\d+|0) *`,
  'decimal': String.raw` *[-+]? *(\d+([.,]\d*)?|[.,]\d+) *`, 'positive decimal': String.raw` *\+? *(\d+([.,]\d*)?|[.,]\d+) *`, 'negative decimal': String.raw` *(- *(\d+([.,]\d*)?|[.,]\d+)|0) *`,
  'percentage': String.raw` *[-+]? *(\d+([.,]\d*)?|[.,]\d+) *% *`,
  'date iso 8601': String.raw`\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])([T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d([.,]\d+)?)?(Z|[+-]\d\d(:?\d\d)?)?)?`,
  'date us': String.raw`(0?[1-9]|1[0-2])[-./](0?[1-9]|[12]\d|3[01])[-./](19|20)?\d\d`, 'date eu': String.raw`(0?[1-9]|[12]\d|3[01])[-./](0?[1-9]|1[0-2])[-./](19|20)?\d\d`, 'date inverse': String.raw`(19|20)?\d\d[-./](0?[1-9]|1[0-2])[-./](0?[1-9]|[12]\d|3[01])`,
  'time 24h': String.raw`([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d([.,]\d+)?)?`, 'time 12h': String.raw`(0?[1-9]|1[0-2]):[0-5]\d(:[0-5]\d([.,]\d+)?)? ?[AaPp][Mm]`,
  'ip address': String.raw`((25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(25[0-5]|2[0-4]\d|1?\d?\d)`, 'ipv4 address': String.raw`((25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(25[0-5]|2[0-4]\d|1?\d?\d)`, 'ipv6 address': '[0-9a-fA-F:]{2,39}',
  'phone number': String.raw`\+?[0-9 ()./-]{5,25}`, 'credit card number': String.raw`(\d{4}[ -]?){3}\d{1,7}|\d{4}[ -]?\d{6}[ -]?\d{5}`,
}

/** Keys of a check's configuration that this file reads. */
export const VALIDITY_KEYS = ['missing values', 'missing regex', 'valid values', 'valid format', 'valid regex', 'valid min', 'valid max', 'valid length', 'valid min length', 'valid max length', 'invalid values', 'invalid format', 'invalid regex']

export const missingOf = (type: string | undefined, config: Obj): readonly Scalar[] | Fault => {
  const written = config['missing values']
  return written === undefined ? [] : (valuesFor(type, written) ?? { fault: 'its missing values are no list of plain values' })
}

/** Rows that are missing. */
export function missingRule(column: string, type: string | undefined, config: Obj): RowRule | Fault {
  const values = missingOf(type, config)
  if (isFault(values)) return values
  const rule: RowRule = values.length === 0 ? { rule: 'null', column } : { rule: 'missing', column, values }
  const regex = textOf(config['missing regex'])
  if (regex === undefined) return rule
  return patternFault(regex) ?? { rule: 'any', of: [rule, { rule: 'match', column, pattern: regex, whole: true }] }
}

/** Rows whose value is there, and not valid by one of what is configured. */
export function invalidRule(column: string, type: string | undefined, config: Obj): RowRule | Fault {
  const besides = missingOf(type, config)
  if (isFault(besides)) return besides
  const missing = besides.length === 0 ? {} : { besides }
  const rules: RowRule[] = []
  const list = (key: string, rule: 'among' | 'not-among'): Fault | undefined => {
    if (config[key] === undefined) return undefined
    const values = valuesFor(type, config[key])
    if (values === undefined) return { fault: `its ${key} are no list of plain values` }
    rules.push({ rule, column, values, ...missing })
    return undefined
  }
  const pattern = (key: string, rule: 'match' | 'mismatch', found: string | undefined, called?: string): Fault | undefined => {
    if (config[key] === undefined) return undefined
    const fault = found === undefined ? { fault: `its ${key} "${String(config[key]).slice(0, 60)}" is not known` } : patternFault(found)
    if (fault === undefined && found !== undefined) rules.push({ rule, column, pattern: found, whole: true, ...(called !== undefined && { called }), ...missing })
    return fault
  }
  const format = (key: string): string | undefined => {
    const name = (textOf(config[key]) ?? '').toLowerCase()
    return Object.hasOwn(FORMATS, name) ? FORMATS[name] : undefined
  }
  const faults = [
    list('valid values', 'not-among'), list('invalid values', 'among'),
    pattern('valid regex', 'mismatch', textOf(config['valid regex'])), pattern('invalid regex', 'match', textOf(config['invalid regex'])),
    pattern('valid format', 'mismatch', format('valid format'), textOf(config['valid format'])), pattern('invalid format', 'match', format('invalid format'), textOf(config['invalid format'])),
    range(config, type, (ends) => rules.push({ rule: 'outside', column, ...ends, ...missing })),
    lengths(config, (ends) => rules.push({ rule: 'length', column, ...ends, ...missing })),
  ].filter((one) => one !== undefined)
  const [first, ...others] = rules
  return faults[0] ?? (first === undefined ? { fault: 'it does not say what is valid (valid values, valid format, valid regex, valid min …)' } : others.length === 0 ? first : { rule: 'any', of: rules })
}

type Ends = { low?: { value: number }; high?: { value: number } }

function range(config: Obj, type: string | undefined, add: (ends: Ends) => void): Fault | undefined {
  const [low, high] = [config['valid min'], config['valid max']]
  if (low === undefined && high === undefined) return undefined
  if ([low, high].some((end) => end !== undefined && typeof end !== 'number')) return { fault: 'its valid min and valid max are numbers' }
  if (!isNumeric(type)) return { fault: `its column is ${type ?? 'unknown'}${isTemporal(type) ? '' : ', which has no least number'}` }
  add({ ...(low !== undefined && { low: { value: low as number } }), ...(high !== undefined && { high: { value: high as number } }) })
  return undefined
}

function lengths(config: Obj, add: (ends: Ends) => void): Fault | undefined {
  const [low, high] = [config['valid length'] ?? config['valid min length'], config['valid length'] ?? config['valid max length']]
  if (low === undefined && high === undefined) return undefined
  if ([low, high].some((end) => end !== undefined && !(typeof end === 'number' && Number.isInteger(end)))) return { fault: 'its lengths are whole numbers' }
  add({ ...(low !== undefined && { low: { value: low as number } }), ...(high !== undefined && { high: { value: high as number } }) })
  return undefined
}
