/** An H.264 byte stream (ITU-T H.264, annex B) cut into pictures: the packets of a clip are made of these. */

export const nal = { slice: 1, idr: 5, sei: 6, sps: 7, pps: 8, aud: 9 } as const

/** NAL units of one access unit, in order, without start codes. */
export interface Picture {
  units: Buffer[]
  /** A decoder can begin here: it has parameter sets and an IDR picture. */
  isKey: boolean
}

export function typeOf(unit: Buffer): number {
  return (unit[0] ?? 0) & 0x1f
}

/** @throws Error where the first picture is no key frame: no client could begin. */
export function picturesOf(bytes: Buffer): Picture[] {
  const pictures: Picture[] = []
  let units: Buffer[] = []
  let hasSlice = false
  const close = (): void => {
    if (hasSlice) pictures.push(pictureOf(units))
    if (hasSlice) units = []
    hasSlice = false
  }
  for (const unit of nalUnitsOf(bytes)) {
    const type = typeOf(unit)
    if (hasSlice && beginsPicture(unit)) close()
    units.push(unit)
    hasSlice ||= type === nal.slice || type === nal.idr
  }
  close()
  if (!pictures[0]?.isKey) throw new Error('the clip does not begin with a key frame and its parameter sets')
  return pictures
}

function pictureOf(units: Buffer[]): Picture {
  const types = new Set(units.map(typeOf))
  return { units, isKey: types.has(nal.sps) && types.has(nal.idr) }
}

/** Clause 7.4.1.2.3, as far as encoders of progressive video need it: `first_mb_in_slice` of 0 is one bit, a 1. */
function beginsPicture(unit: Buffer): boolean {
  const type = typeOf(unit)
  if (type >= nal.sei && type <= nal.aud) return true
  return (type === nal.slice || type === nal.idr) && ((unit[1] ?? 0) & 0x80) !== 0
}

/** Between two start codes 00 00 01; zeros before one belong to it. */
function* nalUnitsOf(bytes: Buffer): Generator<Buffer> {
  const startCode = Buffer.from([0, 0, 1])
  for (let at = bytes.indexOf(startCode); at >= 0; ) {
    const next = bytes.indexOf(startCode, at + 3)
    let end = next < 0 ? bytes.length : next
    while (end > at + 3 && bytes[end - 1] === 0) end--
    if (end > at + 3) yield bytes.subarray(at + 3, end)
    at = next
  }
}
