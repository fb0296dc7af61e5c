/** Looks over the bytes of a model before anything is built of them: structure, depth, counts. What passes can be decoded in bounded time and memory. */
import { modelInvalid } from './invalid.js'
import { type Field, type MessageName, schema } from './schema.js'
import { WireCursor, WireError, wireType } from './wire.js'

/** Far beyond any detector, far below what would hurt. */
export const limits = {
  nodes: 100_000,
  messages: 1_000_000,
  /** Model → graph → node → attribute → tensor → entry are six; types of sequences nest further. */
  depth: 16,
  /** Numbers that are not raw bytes become objects, one each. */
  listedNumbers: 2 ** 24,
  attributeNumbers: 2 ** 20,
  textBytes: 2 ** 20,
} as const

interface Tally {
  nodes: number
  messages: number
  listedNumbers: number
}

/** Fields that may be as long as the file: raw data and the strings of a tensor; metadata, documentation. */
const longBytes: ReadonlySet<string> = new Set(['Tensor.9', 'Tensor.6', 'Entry.2', 'Model.6', 'Graph.10'])

/** @throws RingsideError `model_invalid`. */
export function surveyModel(bytes: Uint8Array, file: string): void {
  const tally: Tally = { nodes: 0, messages: 0, listedNumbers: 0 }
  try {
    surveyMessage(new WireCursor(bytes, 0, bytes.length), 'Model', 1, tally)
  } catch (error) {
    if (error instanceof Refusal) throw modelInvalid(file, error.message, error.expected)
    if (!(error instanceof WireError)) throw error
    const found = `its ${bytes.length} bytes are no ONNX protobuf, or are cut off (${error.message})`
    throw modelInvalid(file, found, 'an ONNX model', error)
  }
}

class Refusal extends Error {
  constructor(
    found: string,
    readonly expected: string,
  ) {
    super(found)
  }
}

function surveyMessage(cursor: WireCursor, name: MessageName, depth: number, tally: Tally): void {
  if (depth > limits.depth) throw new WireError(`messages nest deeper than ${limits.depth}`)
  count(tally, 'messages', 1, 'parts')
  if (name === 'Node') count(tally, 'nodes', 1, 'operators')
  const fields: Record<number, Field> = schema[name]
  while (!cursor.done) {
    const tag = cursor.varint()
    const number = Math.floor(tag / 8)
    const field = fields[number]
    if (!field) throw new WireError(`a ${name} has a field ${number}, which no known version of ONNX has`)
    if (field.kind === 'refused') throw new Refusal(field.found, field.expected)
    if (field.kind === 'message') {
      const length = lengthOf(cursor, tag, name)
      const start = cursor.take(length)
      surveyMessage(new WireCursor(cursor.bytes, start, start + length), field.of, depth + 1, tally)
    } else surveyValue(cursor, field, tag, `${name}.${number}`, tally)
  }
}

function surveyValue(cursor: WireCursor, field: Field, tag: number, where: string, tally: Tally): void {
  if (field.kind === 'hint') skip(cursor, tag, where)
  else if (field.kind === 'bytes') surveyBytes(cursor, tag, where)
  else if (field.kind === 'int' || field.kind === 'float') {
    expectType(tag, field.kind === 'int' ? wireType.varint : wireType.fixed32, where)
    skip(cursor, tag, where)
  } else surveyList(cursor, field.kind, tag, where, tally)
}

function surveyBytes(cursor: WireCursor, tag: number, where: string): void {
  const length = lengthOf(cursor, tag, where)
  if (length > limits.textBytes && !longBytes.has(where)) {
    throw new Refusal(`a text (${where}) has ${length} bytes`, `at most ${limits.textBytes}`)
  }
  cursor.take(length)
}

function surveyList(cursor: WireCursor, kind: Field['kind'], tag: number, where: string, tally: Tally): void {
  const found = countList(cursor, kind, tag, where)
  count(tally, 'listedNumbers', found, 'numbers outside raw data')
  if (found > limits.attributeNumbers && where.startsWith('Attribute.')) {
    throw new Refusal(`an attribute has ${found} numbers`, `at most ${limits.attributeNumbers}`)
  }
}

function countList(cursor: WireCursor, kind: Field['kind'], tag: number, where: string): number {
  if (tag % 8 !== wireType.bytes) {
    const plain = { ints: wireType.varint, floats: wireType.fixed32, doubles: wireType.fixed64 }
    expectType(tag, plain[kind as keyof typeof plain], where)
    skip(cursor, tag, where)
    return 1
  }
  const length = cursor.varint()
  if (kind === 'ints') return cursor.countVarints(length)
  const size = kind === 'floats' ? 4 : 8
  if (length % size !== 0) throw new WireError(`a list (${where}) of ${length} bytes is cut off`)
  cursor.take(length)
  return length / size
}

function skip(cursor: WireCursor, tag: number, where: string): void {
  const type = tag % 8
  if (type === wireType.varint) cursor.varint()
  else if (type === wireType.fixed64) cursor.take(8)
  else if (type === wireType.fixed32) cursor.take(4)
  else cursor.take(lengthOf(cursor, tag, where))
}

function lengthOf(cursor: WireCursor, tag: number, where: string): number {
  expectType(tag, wireType.bytes, where)
  return cursor.varint()
}

function expectType(tag: number, type: number, where: string): void {
  if (tag % 8 !== type) throw new WireError(`a field (${where}) has wire type ${tag % 8}`)
}

function count(tally: Tally, what: keyof Tally, more: number, words: string): void {
  tally[what] += more
  if (tally[what] > limits[what]) throw new Refusal(`it has over ${limits[what]} ${words}`, 'a detector')
}
