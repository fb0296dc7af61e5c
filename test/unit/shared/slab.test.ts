import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { layoutOf, PAGE_BYTES } from '../../../shared/slab/layout.js'
import { Slab } from '../../../shared/slab/slab.js'
import { createTempSlab, type TempSlab } from '../../tools/temp-slab.js'

const shape = { slotCount: 8, rowCount: 2, widthPx: 64, heightPx: 64 }
let temp: TempSlab
beforeEach(() => {
  temp = createTempSlab(shape)
})
afterEach(() => temp.close())

describe('layout', () => {
  it('puts every frame on a page of its own, behind the headers', () => {
    const layout = layoutOf({ slotCount: 3, rowCount: 5, widthPx: 416, heightPx: 416 })
    expect(layout.frameBytes).toBe((416 * 416 * 3) / 2)
    expect(layout.strideBytes % PAGE_BYTES).toBe(0)
    expect(layout.pixelsOffset % PAGE_BYTES).toBe(0)
    expect(layout.pixelsOffset).toBeGreaterThanOrEqual(layout.slotHeadersOffset + 3 * 128)
    expect(layout.totalBytes).toBe(layout.pixelsOffset + 3 * layout.strideBytes)
  })
})

describe('slab', () => {
  it('is one file, wholly allocated', () => {
    const { size, blocks } = fs.statSync(temp.path)
    expect(size).toBe(temp.slab.layout.totalBytes)
    expect(blocks * 512).toBeGreaterThanOrEqual(size)
  })

  it('shows the same bytes to whoever attaches', () => {
    const other = Slab.attach(temp.path)
    temp.slab.pixels(3).fill(7)
    expect(other.epoch).toBe(temp.slab.epoch)
    expect(other.pixels(3).every(byte => byte === 7)).toBe(true)
    expect(other.pixels(4).every(byte => byte === 0)).toBe(true)
    other.close()
  })

  it('takes over a slab of its shape, and replaces one of another', () => {
    const again = Slab.open(temp.path, shape)
    expect(again).toMatchObject({ created: false, slab: { epoch: temp.slab.epoch } })
    again.slab.close()
    const other = Slab.open(temp.path, { ...shape, slotCount: 4 })
    expect(other.created).toBe(true)
    expect(other.slab.layout.slotCount).toBe(4)
    other.slab.close()
  })

  it('replaces what is no slab', () => {
    fs.writeFileSync(temp.path, 'something else')
    expect(() => Slab.attach(temp.path)).toThrowError(expect.objectContaining({ code: 'slab_invalid' }))
    const { slab, created } = Slab.open(temp.path, shape)
    expect(created).toBe(true)
    slab.close()
  })

  it('refuses, with bytes needed and free, where shared memory is too small, and leaves nothing behind', () => {
    // 8 MB tmpfs of its own: a sparse file there would die of SIGBUS later.
    const script = `
      import { Slab } from ${JSON.stringify(new URL('../../../dist/shared/slab/slab.js', import.meta.url).href)}
      import fs from 'node:fs'
      try { Slab.create('/mnt/too.slab', { slotCount: 64, rowCount: 16, widthPx: 416, heightPx: 416 }) }
      catch (error) { console.log(JSON.stringify({ code: error.code, status: error.status, message: error.message, left: fs.readdirSync('/mnt') })) }`
    const run = spawnSync(
      'unshare',
      [
        '-rm',
        'sh',
        '-c',
        `mount -t tmpfs -o size=8m none /mnt && exec "$0" --input-type=module -e "$1"`,
        process.execPath,
        script,
      ],
      { encoding: 'utf8' },
    )
    expect(run.stderr).toBe('')
    const { code, status, message, left } = JSON.parse(run.stdout)
    expect({ code, status, left }).toEqual({ code: 'shm_too_small', status: 507, left: [] })
    expect(message).toMatch(/needs 16797696 bytes in \/mnt, where 8388608 are free/)
  })
})
