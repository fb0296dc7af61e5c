/** Source URLs hold passwords, so Redis holds them encrypted: AES-256-GCM (NIST SP 800-38D) under a key that lives in the data folder. */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { RingsideError } from '../errors.js'

const NONCE_BYTES = 12
const TAG_BYTES = 16

export interface Sealer {
  seal(clear: string): string
  /** @throws RingsideError `sealed_secret_unreadable` where the key is another. */
  open(sealed: string): string
}

/** The key is RINGSIDE_SECRET_KEY where set (stages on separate hosts share it so), else `secret.key` in the data folder. */
export function loadSealer(
  dataDir: string,
  environment: Record<string, string | undefined> = process.env,
): Sealer {
  const given = environment.RINGSIDE_SECRET_KEY
  return sealerOf(
    given ? createHash('sha256').update(given).digest() : readOrMakeKey(path.join(dataDir, 'secret.key')),
  )
}

export function sealerOf(key: Buffer): Sealer {
  return {
    seal(clear: string): string {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', key, nonce)
      const body = Buffer.concat([cipher.update(clear, 'utf8'), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url')
    },
    open(sealed: string): string {
      const bytes = Buffer.from(sealed, 'base64url')
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES))
        decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
        return Buffer.concat([
          decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)),
          decipher.final(),
        ]).toString('utf8')
      } catch (cause) {
        throw new RingsideError(
          'sealed_secret_unreadable',
          'A stored source URL was sealed with another key.',
          {
            remedy:
              'Give every stage the same data folder or RINGSIDE_SECRET_KEY, or register the stream again.',
            cause,
          },
        )
      }
    },
  }
}

/** Several stages may start at once: a link either puts the whole key in place or finds another's. */
function readOrMakeKey(file: string): Buffer {
  if (!fs.existsSync(file)) {
    fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
    const fresh = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`
    fs.writeFileSync(fresh, randomBytes(32), { mode: 0o600 })
    try {
      fs.linkSync(fresh, file)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    } finally {
      fs.rmSync(fresh)
    }
  }
  return fs.readFileSync(file)
}
