// Changes of files as a patch that `git apply` takes.

import { createTwoFilesPatch } from 'diff'

export interface Changed { readonly path: string; readonly before: string | undefined; readonly after: string }

export const patchOf = (changes: readonly Changed[]): string => changes.map(({ path, before, after }) => {
  const name = (side: 'a' | 'b'): string => (/[\s"\\]/u.test(path) ? JSON.stringify(`${side}/${path}`) : `${side}/${path}`)
  const body = createTwoFilesPatch(before === undefined ? '/dev/null' : name('a'), name('b'), before ?? '', after, undefined, undefined, { context: 3 })
  return `diff --git ${name('a')} ${name('b')}\n${before === undefined ? 'new file mode 100644\n' : ''}${body.replace(/^=+\n/u, '').replaceAll(/^(---|\+\+\+) (.*)\t.*$/gmu, '$1 $2')}`
}).join('')
