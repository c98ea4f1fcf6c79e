/** A name as a statement writes it: bare where it can be. */
export const quoteName = (name: string): string => (/^[a-z_][a-z0-9_]*$/u.test(name) ? name : `"${name.replaceAll('"', '""')}"`)
