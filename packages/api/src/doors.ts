// What a server writes into `server.json` of its home, so that clients on the same machine find it. Holds no secret.

export interface Doors {
  readonly pid: number
  readonly url: string
  readonly sql: { readonly host: string; readonly port: number; readonly database: string }
  readonly caFile: string
  /** The mesh folder that it serves. */
  readonly mesh: string
  readonly home: string
}
