// Why a file system refused, in words for a person.

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full', EDQUOT: 'the disk quota is used up', EACCES: 'permission is denied', EPERM: 'permission is denied',
  EROFS: 'the file system is read-only', EMFILE: 'too many files are open', EIO: 'the disk reports an error', EISDIR: 'it is a folder',
  ENOTDIR: 'a file stands where a folder should be', ELOOP: 'its links lead in a circle', ENOENT: 'the file is not there',
}

/** Without the file system's own words: those repeat paths. */
export const fileReason = (error: unknown): string => {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown'
  return REASONS[code] ?? `the file system answers ${code}`
}
