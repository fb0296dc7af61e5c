/** SHA-256 of files, and the pin: a file of the registry is the one that was added, or is refused. */
import { createHash, type Hash } from 'node:crypto'
import type { Stats } from 'node:fs'
import fs from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { RingsideError } from '../../../shared/errors.js'

/** Enough for a registry of some hundred models; the oldest go first. */
const MAX_REMEMBERED = 512

const remembered = new Map<string, string>()

/** In hex; reads the whole file. */
export async function digestOf(file: string): Promise<string> {
  return (await hashOf(file)).digest('hex')
}

/** The state of the hash, to go on from where a file ends. */
export async function hashOf(file: string): Promise<Hash> {
  const hash = createHash('sha256')
  await pipeline(fs.createReadStream(file, { highWaterMark: 1 << 20 }), async chunks => {
    for await (const chunk of chunks) hash.update(chunk as Buffer)
  })
  return hash
}

/** The same for lists that are made again and again: a file of unchanged size, time and inode is not read twice. */
export async function rememberedDigestOf(file: string, stat: Stats): Promise<string> {
  const key = `${file}\n${stampOf(stat)}`
  const known = remembered.get(key)
  if (known) return known
  const digest = await digestOf(file)
  if (remembered.size >= MAX_REMEMBERED) remembered.delete(remembered.keys().next().value as string)
  remembered.set(key, digest)
  return digest
}

/** Differs whenever the file was written or replaced, as far as its directory entry tells. */
export function stampOf({ dev, ino, size, mtimeMs, ctimeMs }: Stats): string {
  return [dev, ino, size, mtimeMs, ctimeMs].join(':')
}

/** Always reads the file. @throws RingsideError `model_changed` */
export async function verifyPinned(name: string, file: string, pinned: string): Promise<void> {
  const found = await digestOf(file)
  if (found !== pinned) throw modelChanged(name, file, pinned, found)
}

export function modelChanged(name: string, file: string, pinned: string, found: string): RingsideError {
  return new RingsideError(
    'model_changed',
    `The file of model ${name} has changed since it was added: its SHA-256 is ${found}, the manifest pins ${pinned}.`,
    {
      key: 'model.name',
      value: file,
      remedy: `Put the file back as it was, or take the new one knowingly: \`ringside model rm ${name}\`, then \`ringside model add\`.`,
    },
  )
}
