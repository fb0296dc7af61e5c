/** Readers of labels: what they make of any labels, of the known layouts of folders, and of faults, which they tell by file and line. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { mapClasses } from '../../../../../infer/model/accuracy/class-map.js'
import { openDataset } from '../../../../../infer/model/accuracy/dataset/open.js'
import { parseYolo } from '../../../../../infer/model/accuracy/dataset/yolo.js'

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-dataset-'))
let dir: string
let count = 0
beforeEach(() => {
  dir = path.join(root, String(count++))
  fs.mkdirSync(dir)
})
afterAll(() => fs.rmSync(root, { recursive: true }))

/** Files by name, made with their folders. */
function write(files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(dir, name)
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, text)
  }
}

/** The readers never look into a picture: empty files do. */
const picturesIn = async (folder: string): Promise<string[]> =>
  fs
    .readdirSync(folder)
    .filter(name => name.endsWith('.jpg'))
    .sort()
    .map(name => path.join(folder, name))

const open = (sub = '', labels?: string) =>
  openDataset({ dir: path.join(dir, sub), ...(labels && { labels: path.join(dir, labels) }) }, picturesIn)

const share = fc.double({ min: 0.001, max: 1, noNaN: true })

describe('labels in the format of YOLO', () => {
  it('come back as they were written, whatever the spaces and line ends', () =>
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(9), share, share, share, share)),
        fc.constantFrom(' ', '\t', '  '),
        fc.constantFrom('\n', '\r\n', '\n\n'),
        (rows, space, end) => {
          const text = rows.map(row => row.join(space) + end).join('')
          const labels = parseYolo(text, 'a.txt', 10)
          expect(labels.map(label => Object.values(label))).toEqual(rows)
        },
      ),
    ))

  it('never come through where a line is none: its number is told', () =>
    fc.assert(
      fc.property(
        fc.nat(5),
        fc.constantFrom(
          '3 0.5 0.5 0.1',
          '3 0.5 0.5 0.1 0.1 0.9',
          '10 0.5 0.5 0.1 0.1',
          '-1 0.5 0.5 0.1 0.1',
          '1.5 0.5 0.5 0.1 0.1',
          'car 0.5 0.5 0.1 0.1',
          '3 NaN 0.5 0.1 0.1',
          '3 0.5 1.2 0.1 0.1',
          '3 0.5 -0.2 0.1 0.1',
          '3 0.5 0.5 0 0.1',
          '3 320 240 64 64',
        ),
        (before, line) => {
          const text = `${'1 0.5 0.5 0.1 0.1\n'.repeat(before)}${line}\n`
          expect(() => parseYolo(text, 'a.txt', 10)).toThrow(`a.txt:${before + 1}: `)
        },
      ),
    ))

  it('become pixels of the picture', async () => {
    write({
      'images/a.jpg': '',
      'images/b.jpg': '',
      'labels/a.txt': '1 0.5 0.25 0.5 0.1\n',
      'classes.txt': 'cat\ndog\n',
    })
    const dataset = await open()
    expect(dataset.classNames).toEqual(['cat', 'dog'])
    const [a, b] = dataset.pictures.map(picture => picture.truthsAt({ widthPx: 200, heightPx: 100 }))
    expect(a).toEqual([{ classId: 1, box: [50, 20, 150, 30], areaPx: 1000, crowd: false }])
    expect(b).toEqual([])
  })

  it.each([
    ['images and labels side by side', 'images', 'labels', 'classes.txt', ''],
    ['the pictures named themselves', 'images', 'labels', 'data.yaml', 'images'],
    ['parts of a set, as Ultralytics lays them out', 'images/val', 'labels/val', 'data.yaml', 'images/val'],
    ['all in one folder', '.', '.', 'classes.txt', ''],
  ])('are found: %s', async (_name, images, labels, names, named) => {
    const text = names === 'data.yaml' ? 'names:\n  0: cat\n  1: dog\n' : 'cat\ndog\n'
    write({ [`${images}/a.jpg`]: '', [`${labels}/a.txt`]: '0 0.5 0.5 0.1 0.1', [names]: text })
    const dataset = await open(named)
    expect(dataset.format).toBe('YOLO')
    expect(dataset.classNames).toEqual(['cat', 'dog'])
    expect(dataset.pictures[0]!.truthsAt({ widthPx: 10, heightPx: 10 })).toHaveLength(1)
  })

  it.each([
    ['no label at all', { 'images/a.jpg': '', 'classes.txt': 'cat' }, /no labels were found/],
    [
      'an empty folder of labels',
      { 'images/a.jpg': '', 'labels/x': '', 'classes.txt': 'cat' },
      /no .txt file/,
    ],
    ['no names', { 'images/a.jpg': '', 'labels/a.txt': '' }, /no classes.txt/],
    [
      'a name left out',
      { 'images/a.jpg': '', 'labels/a.txt': '', 'classes.txt': 'cat\n\ndog' },
      /class 1 has/,
    ],
    [
      'a gap in the names',
      { 'images/a.jpg': '', 'labels/a.txt': '', 'data.yaml': 'names: {0: a, 2: b}' },
      /class 1/,
    ],
    ['YAML that is none', { 'images/a.jpg': '', 'labels/a.txt': '', 'data.yaml': 'names: [a' }, /data.yaml/],
    [
      'a missing picture',
      { 'images/a.jpg': '', 'labels/b.txt': '', 'classes.txt': 'cat' },
      /b.txt: its picture/,
    ],
    [
      'an unknown class',
      { 'images/a.jpg': '', 'labels/a.txt': '\n7 0.5 0.5 0.1 0.1', 'classes.txt': 'cat' },
      /a.txt:2: class 7 is not one of the 1/,
    ],
  ])('are refused: %s', async (_name, files, message) => {
    write(files as unknown as Record<string, string>)
    await expect(open()).rejects.toMatchObject({ code: 'dataset_invalid' })
    await expect(open()).rejects.toThrow(message)
  })
})

const coco = (more: object = {}) => ({
  images: [
    { id: 9, file_name: 'b.jpg', width: 20, height: 10 },
    { id: 4, file_name: 'a.jpg', width: 30, height: 10 },
  ],
  annotations: [
    { id: 1, image_id: 9, category_id: 18, bbox: [1, 2, 3, 4], area: 7, iscrowd: 0 },
    { id: 2, image_id: 9, category_id: 3, bbox: [5, 5, 5, 5], iscrowd: 1 },
  ],
  categories: [
    { id: 18, name: 'dog' },
    { id: 3, name: 'car' },
  ],
  ...more,
})

describe('labels in the format of COCO', () => {
  it('are read: ids with gaps, outlines, crowds, pictures by id', async () => {
    write({ 'images/a.jpg': '', 'images/b.jpg': '', 'instances_val.json': JSON.stringify(coco()) })
    const dataset = await open()
    expect([dataset.format, dataset.classNames]).toEqual(['COCO', ['car', 'dog']])
    expect(dataset.pictures.map(({ file }) => path.basename(file))).toEqual(['a.jpg', 'b.jpg'])
    expect(dataset.pictures[0]!.truthsAt({ widthPx: 30, heightPx: 10 })).toEqual([])
    expect(dataset.pictures[1]!.truthsAt({ widthPx: 20, heightPx: 10 })).toEqual([
      { classId: 1, box: [1, 2, 4, 6], areaPx: 7, crowd: false },
      { classId: 0, box: [5, 5, 10, 10], areaPx: 25, crowd: true },
    ])
    expect(() => dataset.pictures[1]!.truthsAt({ widthPx: 10, heightPx: 20 })).toThrow(/image 9: it is 20×10/)
  })

  it.each([
    ['beside the pictures', 'a.jpg', 'b.jpg', 'anything.json', '', undefined],
    ['in annotations/', 'images/a.jpg', 'images/b.jpg', 'annotations/instances_x.json', '', undefined],
    ['named', 'val/a.jpg', 'val/b.jpg', 'some/where.json', 'val', 'some/where.json'],
  ])('are found: %s', async (_name, a, b, json, sub, labels) => {
    write({ [a]: '', [b]: '', [json]: JSON.stringify(coco()) })
    expect((await open(sub, labels)).pictures).toHaveLength(2)
  })

  it.each([
    ['no JSON', 'nonsense', /no JSON/],
    ['another JSON', '[]', /images: there is no such list/],
    [
      'a box of three',
      JSON.stringify(coco({ annotations: [{ id: 1, image_id: 9, category_id: 3, bbox: [1, 2, 3] }] })),
      /annotations\[0\]: bbox is \[1,2,3\]/,
    ],
    [
      'an unknown category',
      JSON.stringify(coco({ annotations: [{ id: 5, image_id: 9, category_id: 1, bbox: [1, 2, 3, 4] }] })),
      /annotation 5: there is no category 1/,
    ],
    [
      'an unknown image',
      JSON.stringify(coco({ annotations: [{ id: 5, image_id: 1, category_id: 3, bbox: [1, 2, 3, 4] }] })),
      /annotation 5: there is no image 1/,
    ],
    [
      'a missing picture',
      JSON.stringify(coco({ images: [{ id: 9, file_name: 'c.jpg', width: 1, height: 1 }], annotations: [] })),
      /image 9: its picture c.jpg is not in/,
    ],
    [
      'an image without a size',
      JSON.stringify(coco({ images: [{ id: 9, file_name: 'a.jpg' }] })),
      /images\[0\]: width is missing/,
    ],
  ])('are refused: %s', async (_name, json, message) => {
    write({ 'a.jpg': '', 'b.jpg': '', 'labels.json': json })
    await expect(open()).rejects.toMatchObject({ code: 'dataset_invalid' })
    await expect(open()).rejects.toThrow(message)
  })

  it('have to be named where there are several', async () => {
    write({ 'a.jpg': '', 'instances_a.json': '{}', 'instances_b.json': '{}' })
    await expect(open()).rejects.toThrow(/instances_a.json, instances_b.json/)
  })
})

it('labels that are not there are missed by name', async () => {
  write({ 'images/a.jpg': '' })
  await expect(open('absent')).rejects.toThrow(/absent: there is no such folder/)
  await expect(open('', 'absent.json')).rejects.toThrow(/absent.json: there is no such file/)
})

describe('classes', () => {
  it('are matched by name, however numbered and spelt', () => {
    const map = mapClasses(['Dog', 'unicorn', 'Traffic_Light'], ['person', 'traffic light', 'dog'])
    const truth = (classId: number) => ({ classId, box: [0, 0, 1, 1] as const, areaPx: 1, crowd: false })
    expect(map.translate([truth(0), truth(1), truth(2)])).toEqual([truth(2), truth(1)])
    expect(map.unknown).toEqual(['unicorn'])
  })

  it('of which none is common are refused', () =>
    expect(() => mapClasses(['unicorn'], ['person'])).toThrow(/it has person; the labels name unicorn/))
})
