/** Looks at what may be gone: only that it is not there is no error. */

/** @returns null where the file, or a folder above it, does not exist. Any other refusal of the system is thrown. */
export async function ifThere<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    throw error
  }
}
