// How many of what, as people write it. Pure.

/** `1 row`, `3,000,000 rows`. */
export const counted = (count: number, noun: string): string => `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`
