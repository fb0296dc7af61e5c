/** The catalogue that ships: valid, without contradictions; and what is said of one that is wrong. */
import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { familyNames } from '../../../../../infer/model/prepared-model.js'
import { entryOf, loadCatalogue, ownCatalogue } from '../../../../../infer/model/registry/catalogue.js'
import { requestOf } from '../../../../../infer/model/registry/pull.js'
import { parseSidecar } from '../../../../../infer/model/sidecar.js'
import { tempDataDir } from '../../../../tools/model-server.js'

const catalogue = loadCatalogue()
let dir: string
beforeAll(() => {
  dir = tempDataDir()
})
afterAll(() => fs.rmSync(dir, { recursive: true }))

describe('the catalogue', () => {
  it('has what the documentation names', () => {
    const names = catalogue.map(({ name }) => name)
    for (const name of ['yolox-nano', 'yolox-tiny', 'yolox-s', 'yolox-m', 'dfine-n', 'rtdetrv2-s'])
      expect(names).toContain(name)
  })

  it.each(catalogue.map(entry => [entry.name, entry] as const))(
    '%s can be used as it stands there',
    (_, entry) => {
      expect(familyNames).toContain(entry.family)
      expect(new URL(entry.address).protocol).toBe('https:')
      expect(['Apache-2.0', 'MIT', 'BSD-3-Clause']).toContain(entry.licence.spdx)
      expect([entry.inputWidthPx % 32, entry.inputHeightPx % 32]).toEqual([0, 0])
      expect(parseSidecar(JSON.stringify(entry.sidecar ?? {}), entry.name)).toEqual(entry.sidecar ?? {})
    },
  )

  it('names each file and each digest once', () => {
    for (const key of ['name', 'address', 'sha256'] as const) {
      const stated = catalogue.flatMap(entry => entry[key] ?? [])
      expect(new Set(stated).size, key).toBe(stated.length)
    }
  })

  it('pulls nothing that it cannot hold to a digest', () => {
    const unstated = catalogue.find(({ sha256 }) => sha256 === null)!
    const stated = catalogue.find(({ sha256 }) => sha256 !== null)!
    const [own, other] = ['a'.repeat(64), 'b'.repeat(64)]
    expect(() => requestOf(unstated)).toThrow(
      expect.objectContaining({ code: 'invalid_request', key: '--sha256' }),
    )
    expect(requestOf(unstated, own).sha256).toBe(own)
    expect(requestOf(stated).sha256).toBe(stated.sha256)
    expect(requestOf(stated, stated.sha256!).sha256).toBe(stated.sha256)
    expect(() => requestOf(stated, other)).toThrow(/states another digest/)
  })

  it('names the nearest entry', () => {
    expect(() => entryOf('yolox-nanu', catalogue)).toThrow(/nearest name is yolox-nano/)
    expect(() => entryOf('x', [])).toThrow(/has no model x\.$/)
  })
})

describe('a catalogue of one’s own', () => {
  const entry = parse(fs.readFileSync(ownCatalogue, 'utf8')).models[0]
  const written = (models: unknown): string => {
    const file = path.join(dir, 'own.yml')
    fs.writeFileSync(file, typeof models === 'string' ? models : stringify({ models }))
    return file
  }

  it('is taken in place of the shipped one', () => {
    expect(loadCatalogue(written([entry]))).toEqual([entry])
  })

  it.each([
    ['an unknown key', [{ ...entry, sha1: 'x' }], /models\/0 must NOT have additional/],
    ['a digest that is none', [{ ...entry, sha256: 'abc' }], /sha256 must match/],
    ['a path for a name', [{ ...entry, name: '../x' }], /name must match/],
    ['one name twice', [entry, structuredClone(entry)], /stands there twice/],
    ['a word that REST needs', [{ ...entry, name: 'catalogue' }], /no model may have/],
    ['over 1 GiB', [{ ...entry, bytes: 2 ** 30 + 1 }], /bytes must be <=/],
    ['no YAML', '{', /cannot be used/],
    ['aliases', 'models: [&a {}, *a]', /cannot be used/],
  ])('with %s is refused, naming the place', (_, models, reason) => {
    expect(() => loadCatalogue(written(models))).toThrow(reason)
    expect(() => loadCatalogue(written(models))).toThrow(
      expect.objectContaining({ code: 'invalid_config', key: 'model.catalogue' }),
    )
  })
})
