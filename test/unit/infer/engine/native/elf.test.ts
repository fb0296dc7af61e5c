/** ELF files: this machine's own libraries as readelf reads them, and damaged ones, which are refused and never read past their end. */
import { execFileSync, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readElf } from '../../../../../infer/engine/native/elf.js'
import { ElfError, ElfFile } from '../../../../../infer/engine/native/elf-file.js'
import { LibrarySearch } from '../../../../../infer/engine/native/library-search.js'
import { runtimeVersion, shippedRuntime } from '../../../../../infer/engine/native/provider.js'

const search = new LibrarySearch([], {})
const libraries = [
  shippedRuntime(),
  ...['libc.so.6', 'libstdc++.so.6', 'libm.so.6'].map(name => search.find(name) as string),
]
const noReadelf = spawnSync('readelf', ['--version']).error !== undefined
let dir: string
let damaged: string

beforeAll(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-elf-'))
  damaged = path.join(dir, 'damaged.so')
})
afterAll(() => fs.rmSync(dir, { recursive: true }))

describe('a shared library', () => {
  it.skipIf(noReadelf).each(libraries)(
    `is read as readelf reads it${noReadelf ? ' (skipped: no readelf, see binutils)' : ''}: %s`,
    file => {
      const said = (option: string) => execFileSync('readelf', ['-W', option, file], { encoding: 'utf8' })
      const dynamic = said('-d')
      const all = (kind: string) =>
        [...dynamic.matchAll(new RegExp(`\\(${kind}\\).*\\[(.*)\\]`, 'g'))].map(match => match[1])
      const versions = said('-V')
      const defined = versions.slice(versions.indexOf('.gnu.version_d'), versions.indexOf('.gnu.version_r'))
      const { soname, needed, runpath, defines, wants } = readElf(file)
      expect(needed).toEqual(all('NEEDED'))
      expect([soname]).toEqual(all('SONAME'))
      expect(runpath).toEqual(all('RUNPATH'))
      expect(defines).toEqual([...defined.matchAll(/Rev: .* Name: (\S+)/g)].map(match => match[1]))
      const wanted = versions.slice(versions.indexOf('.gnu.version_r'))
      expect([...wants.values()].flat().sort()).toEqual(
        [...wanted.matchAll(/ {2}Name: (\S+) .*Version: /g)].map(match => match[1]).sort(),
      )
    },
  )

  it('tells the version of the ONNX Runtime that is shipped', () => {
    const file = shippedRuntime()
    expect(readElf(file)).toMatchObject({ soname: 'libonnxruntime.so.1', runpath: ['$ORIGIN'] })
    expect(runtimeVersion(file)).toBe('1.29.0')
  })

  it('has sections by name', () => {
    const constants = ElfFile.use(shippedRuntime(), file => file.section('.rodata'))
    expect(constants?.includes('1.29.0')).toBe(true)
    expect(ElfFile.use(shippedRuntime(), file => file.section('.none'))).toBeNull()
  })
})

describe('what is no shared library', () => {
  const refusal = (bytes: Uint8Array): string => {
    fs.writeFileSync(damaged, bytes)
    try {
      readElf(damaged)
      return 'read'
    } catch (error) {
      return error instanceof ElfError ? error.message : `not refused but failed: ${String(error)}`
    }
  }

  it('is refused: text, an empty file, a program, another machine’s', () => {
    const header = fs.readFileSync(shippedRuntime()).subarray(0, 4096)
    expect(refusal(new Uint8Array())).toMatch(/points outside itself/)
    expect(refusal(Buffer.from('#!/bin/sh\n'.repeat(50)))).toBe('it is no ELF file')
    expect(refusal(Buffer.from(header).fill(1, 4, 5))).toBe('it is not of a 64-bit, little-endian machine')
    expect(refusal(Buffer.from(header).fill(2, 16, 17))).toBe('it is no shared library')
    expect(refusal(header)).toMatch(/points outside itself/)
  })

  it('may be damaged anywhere: it is read or refused, nothing else', () => {
    const whole = fs.readFileSync(search.find('libdl.so.2') as string)
    const byte = fc.tuple(fc.nat(whole.length - 1), fc.nat(255))
    fc.assert(
      fc.property(fc.array(byte, { minLength: 1, maxLength: 8 }), fc.nat(whole.length), (changes, length) => {
        const bytes = Buffer.from(whole)
        for (const [at, value] of changes) bytes[at] = value
        expect(refusal(bytes)).not.toMatch(/not refused/)
        expect(refusal(bytes.subarray(0, length))).not.toMatch(/not refused/)
      }),
      { numRuns: 300 },
    )
  })

  it('may have a damaged header or dynamic section', () => {
    const whole = fs.readFileSync(search.find('libdl.so.2') as string)
    const dynamic = ElfFile.use(search.find('libdl.so.2') as string, file =>
      file.segments.find(({ type }) => type === 2),
    )
    const from = dynamic?.offset ?? 0
    const places = [...Array(600).keys(), ...Array(dynamic?.fileBytes ?? 0).keys()].map((at, index) =>
      index < 600 ? at : from + at,
    )
    const said = places.map(at => {
      const bytes = Buffer.from(whole)
      bytes[at] = 0xff
      return refusal(bytes)
    })
    expect(said.filter(text => /not refused/.test(text))).toEqual([])
    expect(said.filter(text => text !== 'read').length).toBeGreaterThan(100)
  })
})
