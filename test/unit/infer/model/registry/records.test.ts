/** The records that infer tells publish: every precision, problems included, and cheap where nothing changed. */
import fs from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { modelRecords } from '../../../../../infer/model/registry/records.js'
import { shippedModel } from '../../../../../infer/model/resolve.js'
import { sha256, tempDataDir } from '../../../../tools/model-server.js'

let dir: string
beforeEach(() => {
  dir = tempDataDir()
})
afterEach(() => fs.rmSync(dir, { recursive: true }))

it('a file is looked into once, until it or its sidecar changes', async () => {
  const places = { modelsDir: path.join(dir, 'mine'), dataDir: dir }
  fs.mkdirSync(places.modelsDir)
  const file = path.join(places.modelsDir, 'yard.onnx')
  fs.copyFileSync(shippedModel.file, file)
  const first = await modelRecords(places)
  expect(first.map(({ name, origin, problem }) => [name, origin, problem])).toEqual([
    ['yard', 'folder', null],
    ['yard@fp16', 'folder', null],
    ['ringside-nano', 'shipped', null],
    ['ringside-nano@fp16', 'shipped', null],
  ])
  expect(first[0]).toMatchObject({ digest: sha256(fs.readFileSync(file)), family: 'yolox', licence: null })

  const startedAt = performance.now()
  for (let i = 0; i < 10; i++) expect(await modelRecords(places)).toEqual(first)
  const eachMs = (performance.now() - startedAt) / 10
  // A look takes a process of its own, over 100 ms; the stat calls of a list take about one.
  expect(eachMs).toBeLessThan(50)

  fs.writeFileSync(path.join(places.modelsDir, 'yard.model.yml'), 'minScore: 7')
  const [changed] = await modelRecords(places)
  expect(changed?.problem).toMatch(/minScore/)
  fs.writeFileSync(path.join(places.modelsDir, 'yard.model.yml'), 'classes: [a, b, c, d, e, f]')
  expect((await modelRecords(places))[0]).toMatchObject({
    classes: ['a', 'b', 'c', 'd', 'e', 'f'],
    problem: null,
  })
  fs.writeFileSync(file, 'no model any more')
  expect((await modelRecords(places))[0]).toMatchObject({
    family: null,
    bytes: 17,
    problem: expect.any(String),
  })
})
