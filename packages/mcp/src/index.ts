// Offers the mesh to AI clients by the Model Context Protocol, under the rights of whoever sends them.

export { openMcp } from './open-mcp.ts'
export type { Mcp, McpOptions } from './open-mcp.ts'
export { DESK } from './types.ts'
export type { DeskName, MeshDesk } from './types.ts'
