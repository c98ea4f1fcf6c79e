// What is typed, once it rests.

import { useDebouncedValue } from '@mantine/hooks'
import { useMemo } from 'react'

/**
 * The value that has been given for so long. It is compared by what it says (as JSON): a page makes a new object at each render,
 * which would start the wait anew for ever.
 */
export function useSettled<T>(value: T, milliseconds: number): T {
  const [settled] = useDebouncedValue(JSON.stringify(value), milliseconds)
  return useMemo(() => JSON.parse(settled) as T, [settled])
}
