// Which mesh folder a command means.

import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { homeOf, readServerFile } from './home.ts'
import { messages } from './messages.ts'
import type { World } from './types.ts'

/** The folder that was named, else the mesh around the caller, else the one that the server of this home serves. */
export function meshFolderOf(world: World, given: string | undefined): Result<string> {
  if (given !== undefined) return ok(resolve(world.folder, given))
  const folder = meshAround(world.folder) ?? readServerFile(homeOf(world))?.mesh
  return folder === undefined ? fail(messages['no-mesh-here']({ folder: world.folder })) : ok(folder)
}

/** The folder itself or the nearest one above it that has a mesh.yaml. */
export function meshAround(folder: string): string | undefined {
  if (existsSync(join(folder, 'mesh.yaml'))) return folder
  return dirname(folder) === folder ? undefined : meshAround(dirname(folder))
}
