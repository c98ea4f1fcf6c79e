// JSON whose whole numbers beyond 2^53 are bigint, there and back, so that keys and amounts stay what they are.

type Reviver = (this: unknown, key: string, value: unknown, context?: { readonly source?: string }) => unknown

const exact: Reviver = (_key, value, context) => {
  const source = context?.source
  return typeof value === 'number' && !Number.isSafeInteger(value) && source !== undefined && /^-?\d+$/u.test(source) ? BigInt(source) : value
}

export const parseJson = (text: string): unknown => JSON.parse(text, exact as (key: string, value: unknown) => unknown)

// Node 24 has rawJSON; the compiler's library does not name it yet.
const { rawJSON } = JSON as unknown as { readonly rawJSON: (text: string) => unknown }

/** With every digit; what is not there is null. */
export const printJson = (value: unknown): string => JSON.stringify(value ?? null, (_key, one: unknown) => (typeof one === 'bigint' ? rawJSON(one.toString()) : one))
