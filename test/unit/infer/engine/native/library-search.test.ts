/** Where libraries are looked for, in which order: in folders made for it, and in this machine's own loader cache. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LibrarySearch, versionInName } from '../../../../../infer/engine/native/library-search.js'

let dir: string
const at = (...parts: string[]): string => path.join(dir, ...parts)
const put = (...parts: string[]): void => {
  fs.mkdirSync(path.dirname(at(...parts)), { recursive: true })
  fs.writeFileSync(at(...parts), '')
}

beforeAll(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-search-'))
  put('own/libcudnn.so.9')
  put('wheels/nvidia/cudnn/lib/libcudnn.so.9')
  put('wheels/nvidia/cu13/lib/libcublas.so.13')
  put('wheels/tensorrt_libs/libnvinfer.so.10')
  put('path/libcudnn.so.9')
  put('path/libcublas.so.12.8.4')
  fs.symlinkSync('libcublas.so.12.8.4', at('path/libcublas.so.12'))
  put('toolkit/lib64/libcurand.so.10')
  put('venv/lib/python3.12/site-packages/nvidia/curand/lib/libcurand.so.10')
  put('venv/lib/python3.12/site-packages/nvidia/cufft/lib/libcufft.so.12')
  put('venv/bin/python3')
})
afterAll(() => fs.rmSync(dir, { recursive: true }))

describe('a search for libraries', () => {
  it('finds the operator’s own first, then what LD_LIBRARY_PATH names', () => {
    const env = { LD_LIBRARY_PATH: `relative::${at('path')}` }
    expect(new LibrarySearch([at('own')], env).find('libcudnn.so.9')).toBe(at('own/libcudnn.so.9'))
    expect(new LibrarySearch([], env).find('libcudnn.so.9')).toBe(at('path/libcudnn.so.9'))
  })

  it('looks into wheels: of a folder that pip filled, and of the Python in use', () => {
    const wheels = new LibrarySearch([at('wheels')], {})
    expect(wheels.find('libcublas.so.13')).toBe(at('wheels/nvidia/cu13/lib/libcublas.so.13'))
    expect(wheels.find('libnvinfer.so.10')).toBe(at('wheels/tensorrt_libs/libnvinfer.so.10'))
    const cufft = at('venv/lib/python3.12/site-packages/nvidia/cufft/lib/libcufft.so.12')
    expect(new LibrarySearch([], { VIRTUAL_ENV: at('venv') }).find('libcufft.so.12')).toBe(cufft)
    expect(new LibrarySearch([], { PATH: at('venv/bin') }).find('libcufft.so.12')).toBe(cufft)
  })

  it('prefers a toolkit to a Python’s wheels', () => {
    const env = { CUDA_HOME: at('toolkit'), VIRTUAL_ENV: at('venv') }
    expect(new LibrarySearch([], env).find('libcurand.so.10')).toBe(at('toolkit/lib64/libcurand.so.10'))
  })

  it('finds what the loader finds', () => {
    const libc = new LibrarySearch([], {}).find('libc.so.6') as string
    expect(fs.readFileSync('/proc/self/maps', 'utf8')).toContain(fs.realpathSync(libc))
  })

  it('shows other numbers of a library, with the version of the real file', () => {
    const search = new LibrarySearch([at('wheels')], { LD_LIBRARY_PATH: at('path') })
    const found = search.numbered('libcublas').filter(file => file.startsWith(dir))
    expect(found.sort()).toEqual([
      at('path/libcublas.so.12'),
      at('path/libcublas.so.12.8.4'),
      at('wheels/nvidia/cu13/lib/libcublas.so.13'),
    ])
    expect(versionInName(at('path/libcublas.so.12'))).toBe('12.8.4')
  })

  it('finds nothing where nothing is, and does not mind folders that are not there', () => {
    const search = new LibrarySearch([at('none')], { LD_LIBRARY_PATH: at('none'), VIRTUAL_ENV: at('none') })
    expect(search.find('libringside-none.so.1')).toBeNull()
    expect(search.numbered('libringside-none')).toEqual([])
  })
})
