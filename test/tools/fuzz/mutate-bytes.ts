/** Mutations of an encoded model that know protobuf's fields, but not what they mean. */
import fc from 'fast-check'

interface FieldAt {
  /** Of the tag. */
  start: number
  /** Of the value; of the length where it has one. */
  value: number
  end: number
}

/** Every field of a message and of the messages in it, as far as they can be told from strings. */
export function fieldsOf(bytes: Uint8Array, from = 0, to = bytes.length, depth = 0): FieldAt[] {
  const fields: FieldAt[] = []
  let at = from
  while (at < to) {
    const start = at
    const tag = varintAt(bytes, at)
    at = tag.end
    const value = at
    if (tag.value % 8 === 2) {
      const length = varintAt(bytes, at)
      at = length.end + length.value
      if (at > to) return []
      if (depth < 8 && length.value > 1) fields.push(...fieldsOf(bytes, length.end, at, depth + 1))
    } else if (tag.value % 8 === 0) at = varintAt(bytes, at).end
    else if (tag.value % 8 === 5) at += 4
    else if (tag.value % 8 === 1) at += 8
    else return []
    if (at > to || tag.value < 8) return []
    fields.push({ start, value, end: at })
  }
  return fields
}

/** One to four mutations, one after the other. */
export function byteMutants(seeds: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const places = seeds.map(seed => fieldsOf(seed))
  const step = fc.tuple(fc.nat(5), fc.nat(), fc.nat(), fc.nat(), fc.nat(255))
  return fc
    .tuple(fc.nat(seeds.length - 1), fc.array(step, { minLength: 1, maxLength: 4 }))
    .map(([seed, steps]) =>
      steps.reduce<Uint8Array>((bytes, [kind, a, b, c, value]) => {
        const fields = bytes === seeds[seed] ? places[seed]! : fieldsOf(bytes)
        return kinds[kind]!({ bytes, fields, a, b, c, value, seeds })
      }, seeds[seed]!),
    )
}

interface Step {
  bytes: Uint8Array
  fields: readonly FieldAt[]
  a: number
  b: number
  c: number
  value: number
  seeds: readonly Uint8Array[]
}

const kinds: readonly ((step: Step) => Uint8Array)[] = [
  flipBit,
  setStructuralByte,
  truncate,
  splice,
  changeLength,
  duplicateField,
]

function flipBit({ bytes, a, b }: Step): Uint8Array {
  const copy = bytes.slice()
  if (copy.length) copy[a % copy.length]! ^= 1 << (b % 8)
  return copy
}

/** A tag, a length, or the first byte of a number. */
function setStructuralByte({ bytes, fields, a, b, value }: Step): Uint8Array {
  const field = fields[a % Math.max(1, fields.length)]
  const copy = bytes.slice()
  if (field) copy[b % 2 ? field.start : field.value] = value
  return copy
}

function truncate({ bytes, a }: Step): Uint8Array {
  return bytes.slice(0, a % (bytes.length + 1))
}

function splice({ bytes, a, b, c, seeds }: Step): Uint8Array {
  const from = seeds[b % seeds.length]!
  const length = c % 64
  const [at, source] = [a % (bytes.length + 1), c % (from.length + 1)]
  return joined(bytes.subarray(0, at), from.subarray(source, source + length), bytes.subarray(at + (b % 32)))
}

/** The number behind a tag, be it a length or a value, becomes another one. */
function changeLength({ bytes, fields, a, b, c }: Step): Uint8Array {
  const field = fields[a % Math.max(1, fields.length)]
  if (!field) return bytes
  const old = varintAt(bytes, field.value)
  const others = [0, old.value + 1, Math.max(0, old.value - 1), 127, 2 ** 31, 2 ** 32 + 5, 2 ** 53, c]
  const changed = b % 9 === 8 ? new Uint8Array(11).fill(255) : varint(others[b % 8]!)
  return joined(bytes.subarray(0, field.value), changed, bytes.subarray(old.end))
}

/** Lengths around it stay as they were: what follows is pushed out of its message. */
function duplicateField({ bytes, fields, a, b }: Step): Uint8Array {
  const field = fields[a % Math.max(1, fields.length)]
  if (!field) return bytes
  const at = fields[b % fields.length]!.start
  return joined(bytes.subarray(0, at), bytes.subarray(field.start, field.end), bytes.subarray(at))
}

function varintAt(bytes: Uint8Array, start: number): { value: number; end: number } {
  let value = 0
  let factor = 1
  for (let at = start; at < Math.min(bytes.length, start + 8); at++) {
    value += (bytes[at]! & 0x7f) * factor
    factor *= 128
    if (bytes[at]! < 0x80) return { value, end: at + 1 }
  }
  return { value: Number.MAX_SAFE_INTEGER, end: bytes.length }
}

function varint(value: number): Uint8Array {
  const bytes: number[] = []
  let rest = value
  while (rest >= 128) {
    bytes.push((rest % 128) | 128)
    rest = Math.floor(rest / 128)
  }
  return Uint8Array.from([...bytes, rest])
}

function joined(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts))
}
