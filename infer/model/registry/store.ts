/**
 * The registry on disk: `<dataDir>/models/<name>/{model.onnx, model.yml?, manifest.json}`.
 *
 *   .incoming/<random>/  ──rename──►  <name>/  ──rename──►  .incoming/<random>/  → deleted
 *        filled, flushed              whole                 gone for everybody at once
 *
 * A folder appears and disappears by one rename of the kernel: nobody ever sees half a model, whatever is killed when,
 * and of two that add one name the second finds it taken. No lock is held, so none can be left behind.
 */
import { randomUUID } from 'node:crypto'
import fs from 'node:fs/promises'
import path from 'node:path'
import { RingsideError } from '../../../shared/errors.js'
import { baseNamePattern, reservedNames } from '../../../shared/model/model-name.js'
import { ifThere } from '../if-there.js'
import { digestOf } from './digest.js'
import { copyDurably, renameDurably, syncPath, writeDurably } from './durable.js'
import { encodeManifest, type Manifest, parseManifest } from './manifest.js'

const MODEL_FILE = 'model.onnx'
const SIDECAR_FILE = 'model.yml'
const MANIFEST_FILE = 'manifest.json'
/** What a crash left here for a day is nobody's any more; a download that broke may go on until then. */
const LEFTOVER_AGE_MS = 24 * 3600 * 1000

export interface StoredModel {
  file: string
  manifest: Manifest
  /** null where it has none. */
  sidecar: string | null
}

/** A file that is to be added, and what is known of it beside its bytes. */
export interface Addition {
  about: Omit<Manifest, 'version' | 'sha256' | 'bytes' | 'addedAtMs'>
  file: string
  /** Text of the sidecar. */
  sidecar: string | null
  /** The file is ours and may be moved; else it is copied. */
  move: boolean
  /** Looks into the file as it will lie there, beside its sidecar, and throws what speaks against it. */
  check(file: string): Promise<void>
}

export class ModelStore {
  readonly folder: string
  /** For what is not whole yet: downloads, uploads, folders being filled. On the same file system. */
  readonly incoming: string

  constructor(dataDir: string) {
    this.folder = path.join(path.resolve(dataDir), 'models')
    this.incoming = path.join(this.folder, '.incoming')
  }

  /** By name. Folders without a readable manifest are none of ours, and left alone. */
  async list(): Promise<StoredModel[]> {
    const names = await readdirIfThere(this.folder)
    const models = await Promise.all(names.filter(isName).map(name => this.find(name)))
    return models.filter(model => model !== null)
  }

  async find(name: string): Promise<StoredModel | null> {
    if (!isName(name)) return null
    const dir = path.join(this.folder, name)
    const text = await readIfThere(path.join(dir, MANIFEST_FILE))
    const manifest = text === null ? null : parseManifest(text)
    if (manifest === null || typeof manifest === 'string' || manifest.name !== name) return null
    const sidecar = path.join(dir, SIDECAR_FILE)
    return {
      file: path.join(dir, MODEL_FILE),
      manifest,
      sidecar: (await isThere(sidecar)) ? sidecar : null,
    }
  }

  /** Adding the same bytes once more changes nothing. @throws RingsideError `model_exists`, and what `check` throws. */
  async add(addition: Addition): Promise<StoredModel> {
    const { name } = addition.about
    checkName(name)
    const fresh = path.join(await this.openIncoming(), randomUUID())
    await fs.mkdir(fresh)
    try {
      const manifest = await this.#fill(fresh, addition)
      const settled = await this.#settle(fresh, name)
      const stored = await this.find(name)
      if (stored && (settled || stored.manifest.sha256 === manifest.sha256)) return stored
      throw modelExists(name)
    } finally {
      await fs.rm(fresh, { recursive: true, force: true })
    }
  }

  /** @returns false where there is no model of this name. */
  async remove(name: string): Promise<boolean> {
    if (!isName(name)) return false
    const gone = path.join(await this.openIncoming(), randomUUID())
    try {
      await renameDurably(path.join(this.folder, name), gone)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
      throw error
    }
    await fs.rm(gone, { recursive: true, force: true })
    return true
  }

  /** Makes the folder for what is not whole yet, without what crashes left in it. @returns its path. */
  async openIncoming(): Promise<string> {
    await fs.mkdir(this.incoming, { recursive: true })
    for (const entry of await fs.readdir(this.incoming)) {
      const at = path.join(this.incoming, entry)
      const stat = await ifThere(fs.stat(at)) // another process may have taken it just now
      if (stat && Date.now() - stat.mtimeMs > LEFTOVER_AGE_MS)
        await fs.rm(at, { recursive: true, force: true })
    }
    return this.incoming
  }

  /** The manifest is of the bytes that lie there now, whatever becomes of those they were copied from. */
  async #fill(fresh: string, { about, file, sidecar, move, check }: Addition): Promise<Manifest> {
    const model = path.join(fresh, MODEL_FILE)
    if (move) await renameDurably(file, model)
    else await copyDurably(file, model)
    if (sidecar !== null) await writeDurably(path.join(fresh, SIDECAR_FILE), sidecar)
    await check(model)
    const { size: bytes } = await fs.stat(model)
    const manifest: Manifest = {
      version: 1,
      ...about,
      sha256: await digestOf(model),
      bytes,
      addedAtMs: Date.now(),
    }
    await writeDurably(path.join(fresh, MANIFEST_FILE), encodeManifest(manifest))
    await syncPath(fresh)
    return manifest
  }

  /** @returns false where the name is taken. */
  async #settle(fresh: string, name: string): Promise<boolean> {
    try {
      await renameDurably(fresh, path.join(this.folder, name))
      return true
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOTDIR') return false
      throw error
    }
  }
}

/** @throws RingsideError `invalid_model_name` */
export function checkName(name: string): void {
  if (isName(name)) return
  const reserved = reservedNames.includes(name)
  throw new RingsideError(
    'invalid_model_name',
    `A model cannot be called ${JSON.stringify(name.slice(0, 100))}${reserved ? ': the word is taken' : ''}.`,
    {
      key: 'name',
      value: name.slice(0, 100),
      remedy:
        'Take 1–64 letters, digits, `.`, `_` and `-`, a letter or digit first; the precision is named where the model is used.',
    },
  )
}

export function modelExists(name: string): RingsideError {
  return new RingsideError('model_exists', `The registry has another model called ${name}.`, {
    key: 'name',
    value: name,
    remedy: `Give another name with --name, or \`ringside model rm ${name}\` first.`,
  })
}

const namePattern = new RegExp(baseNamePattern)
const isName = (name: string): boolean => namePattern.test(name) && !reservedNames.includes(name)

async function readdirIfThere(dir: string): Promise<string[]> {
  return (await ifThere(fs.readdir(dir))) ?? []
}

function readIfThere(file: string): Promise<string | null> {
  return ifThere(fs.readFile(file, 'utf8'))
}

async function isThere(file: string): Promise<boolean> {
  return (await ifThere(fs.stat(file))) !== null
}
