// Reads DataRow messages again, for the few rows that the gateway itself needs.

/** The values of each row; null where there is none. */
export function dataRowValues(bytes: Uint8Array): readonly (readonly (Buffer | null)[])[] {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const rows: (Buffer | null)[][] = []
  for (let at = 0; at < view.length; at += 1 + view.readInt32BE(at + 1)) {
    let from = at + 7
    rows.push(Array.from({ length: view.readInt16BE(at + 5) }, () => {
      const length = view.readInt32BE(from)
      from += 4 + Math.max(0, length)
      return length < 0 ? null : view.subarray(from - length, from)
    }))
  }
  return rows
}
