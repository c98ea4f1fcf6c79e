/** A title as a name that an address takes: letters, digits and _, beginning with a letter. */
export const slugOf = (title: string): string =>
  title.normalize('NFKD').toLowerCase().replace(/[^a-z0-9]+/gu, '_').replace(/^[^a-z]+|_+$/gu, '').slice(0, 63)
