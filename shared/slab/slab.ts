/** A slab: one preallocated file of shared memory, cut into slots. `infer` creates it, `ingest` attaches to it. */
import fs from 'node:fs'
import path from 'node:path'
import { messageOf, RingsideError } from '../errors.js'
import { ENOSPC, getSystemErrorMessage } from '../native/errno.js'
import { allocateFile, freeBytes, type Mapping, mapFile } from '../native/libc.js'
import {
  HEADER_EPOCH_DOUBLE,
  HeaderWord,
  layoutOf,
  MAGIC,
  PAGE_BYTES,
  ROW_BYTES,
  SLOT_HEADER_BYTES,
  type SlabLayout,
  type SlabShape,
  VERSION,
} from './layout.js'

/** `open(2)`, asm-generic/fcntl.h: a file without a name. Node does not list it. */
const O_TMPFILE = 0o20000000 | fs.constants.O_DIRECTORY

export class Slab {
  readonly path: string
  readonly layout: SlabLayout
  readonly epoch: number
  /** Address of the first byte, for an engine that pins the slab. */
  readonly address: bigint
  readonly #mapping: Mapping
  readonly #slotWords: Int32Array[] = []
  readonly #slotDoubles: Float64Array[] = []
  readonly #pixels: Uint8Array[] = []

  private constructor(file: string, mapping: Mapping, layout: SlabLayout) {
    this.path = file
    this.layout = layout
    this.#mapping = mapping
    this.address = mapping.address
    this.epoch = new Float64Array(mapping.buffer, 0, HEADER_EPOCH_DOUBLE + 1)[HEADER_EPOCH_DOUBLE] as number
    for (let slot = 0; slot < layout.slotCount; slot++) {
      const at = layout.slotHeadersOffset + slot * SLOT_HEADER_BYTES
      this.#slotWords.push(new Int32Array(mapping.buffer, at, SLOT_HEADER_BYTES / 4))
      this.#slotDoubles.push(new Float64Array(mapping.buffer, at, SLOT_HEADER_BYTES / 8))
      this.#pixels.push(
        new Uint8Array(mapping.buffer, layout.pixelsOffset + slot * layout.strideBytes, layout.frameBytes),
      )
    }
  }

  /**
   * Takes over the slab at `file` where one of this very shape lies there, else makes a new one in its place.
   * @throws RingsideError `shm_too_small` with the bytes needed and free; nothing is left behind then.
   */
  static open(file: string, shape: SlabShape): { slab: Slab; created: boolean } {
    const found = fs.existsSync(file) ? tryAttach(file) : null
    if (found) {
      if (sameShape(found.layout, shape)) return { slab: found, created: false }
      found.close()
    }
    return { slab: Slab.create(file, shape), created: true }
  }

  /** Makes a new slab; one that lies at `file` is unlinked, but stays whole for those who mapped it. */
  static create(file: string, shape: SlabShape): Slab {
    const layout = layoutOf(shape)
    const fresh = `${file}.${process.pid}.new`
    const fd = fs.openSync(fresh, 'wx+', 0o660)
    try {
      allocate(fd, layout.totalBytes, path.dirname(file))
      const mapping = mapNew(fd, layout)
      fs.renameSync(fresh, file)
      return new Slab(file, mapping, layout)
    } catch (error) {
      fs.rmSync(fresh, { force: true })
      throw error
    } finally {
      fs.closeSync(fd)
    }
  }

  /**
   * Makes a new slab that has no name: it goes with the last process that has it, however that ends.
   * @returns with it the open file, to be closed when those it is for have attached `slab.path`.
   */
  static createNameless(dir: string, shape: SlabShape): { slab: Slab; fd: number } {
    const layout = layoutOf(shape)
    const fd = fs.openSync(dir, O_TMPFILE | fs.constants.O_RDWR, 0o660)
    try {
      allocate(fd, layout.totalBytes, dir)
      return { slab: new Slab(`/proc/${process.pid}/fd/${fd}`, mapNew(fd, layout), layout), fd }
    } catch (error) {
      fs.closeSync(fd)
      throw error
    }
  }

  /** @throws RingsideError `slab_invalid` where the file is missing, short, or of another version. */
  static attach(file: string): Slab {
    let fd: number
    try {
      fd = fs.openSync(file, 'r+')
    } catch (cause) {
      throw new RingsideError('slab_invalid', `The slab ${file} cannot be opened: ${messageOf(cause)}`, {
        value: file,
        cause,
      })
    }
    try {
      const header = Buffer.alloc(PAGE_BYTES)
      fs.readSync(fd, header, 0, PAGE_BYTES, 0)
      const words = new Int32Array(header.buffer, header.byteOffset, PAGE_BYTES / 4)
      const layout = layoutOf({
        slotCount: words[HeaderWord.SLOTS] as number,
        rowCount: words[HeaderWord.ROWS] as number,
        widthPx: words[HeaderWord.WIDTH] as number,
        heightPx: words[HeaderWord.HEIGHT] as number,
      })
      const known = words[HeaderWord.MAGIC] === MAGIC && words[HeaderWord.VERSION] === VERSION
      if (!known || fs.fstatSync(fd).size !== layout.totalBytes) {
        throw new RingsideError('slab_invalid', `${file} is not a slab of version ${VERSION}.`, {
          value: file,
          remedy: 'Stop Ringside, delete the file, and start again: it holds nothing that lasts.',
        })
      }
      return new Slab(file, mapFile(fd, layout.totalBytes), layout)
    } finally {
      fs.closeSync(fd)
    }
  }

  /** All bytes of the mapping: for an engine that pins it. */
  get bytes(): Uint8Array {
    return new Uint8Array(this.#mapping.buffer)
  }
  /** Int32 view of a slot's header. */
  words(slot: number): Int32Array {
    return this.#slotWords[slot] as Int32Array
  }
  /** Float64 view of a slot's header. */
  doubles(slot: number): Float64Array {
    return this.#slotDoubles[slot] as Float64Array
  }
  /** The I420 pixels of a slot: `frameBytes` bytes, Y plane, then U, then V. */
  pixels(slot: number): Uint8Array {
    return this.#pixels[slot] as Uint8Array
  }
  /** Where the `ROW_BYTES` of a stream's row lie. */
  row(row: number): { buffer: ArrayBuffer; offset: number } {
    return { buffer: this.#mapping.buffer, offset: this.layout.rowsOffset + row * ROW_BYTES }
  }

  /** Unmaps. No view of this slab may be used afterwards. */
  close(): void {
    this.#mapping.unmap()
  }
}

/** Maps the file and writes its header, the magic number last. */
function mapNew(fd: number, layout: SlabLayout): Mapping {
  const mapping = mapFile(fd, layout.totalBytes)
  const words = new Int32Array(mapping.buffer, 0, PAGE_BYTES / 4)
  words[HeaderWord.SLOTS] = layout.slotCount
  words[HeaderWord.ROWS] = layout.rowCount
  words[HeaderWord.FRAME_BYTES] = layout.frameBytes
  words[HeaderWord.WIDTH] = layout.widthPx
  words[HeaderWord.HEIGHT] = layout.heightPx
  words[HeaderWord.VERSION] = VERSION
  new Float64Array(mapping.buffer, 0, PAGE_BYTES / 8)[HEADER_EPOCH_DOUBLE] = Date.now()
  Atomics.store(words, HeaderWord.MAGIC, MAGIC)
  return mapping
}

function tryAttach(file: string): Slab | null {
  try {
    return Slab.attach(file)
  } catch (error) {
    if (error instanceof RingsideError && error.code === 'slab_invalid') return null
    throw error
  }
}

function sameShape(a: SlabShape, b: SlabShape): boolean {
  return (
    a.slotCount === b.slotCount &&
    a.rowCount === b.rowCount &&
    a.widthPx === b.widthPx &&
    a.heightPx === b.heightPx
  )
}

function allocate(fd: number, bytes: number, dir: string): void {
  const free = freeBytes(dir)
  const errno = free < bytes ? ENOSPC : allocateFile(fd, bytes)
  if (errno === 0) return
  if (errno !== ENOSPC) throw new Error(`posix_fallocate: ${getSystemErrorMessage(errno)}`)
  throw new RingsideError(
    'shm_too_small',
    `The slab needs ${bytes} bytes in ${dir}, where ${free} are free.`,
    {
      key: 'slab.dir',
      value: dir,
      remedy: 'Enlarge the tmpfs (docker: shm_size), or lower slab.maxStreams or slab.ringSlots.',
    },
  )
}
