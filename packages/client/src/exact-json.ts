// JSON whose whole numbers beyond 2^53 become bigint, so that keys and amounts stay what they are.

type Reviver = (this: unknown, key: string, value: unknown, context?: { readonly source?: string }) => unknown

const exact: Reviver = (_key, value, context) => {
  const source = context?.source
  return typeof value === 'number' && !Number.isSafeInteger(value) && source !== undefined && /^-?\d+$/u.test(source) ? BigInt(source) : value
}

export const parseJson = (text: string): unknown => JSON.parse(text, exact as (key: string, value: unknown) => unknown)
