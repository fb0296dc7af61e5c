/** The parts of a COCO file that Ringside reads, checked entry by entry: a file of 50 MB has to say where it is wrong. */

export interface CocoImage {
  id: number
  file_name: string
  width: number
  height: number
}

export interface CocoAnnotation {
  id: number
  image_id: number
  category_id: number
  bbox: [x: number, y: number, width: number, height: number]
  area?: number
  iscrowd?: number
}

export interface CocoCategory {
  id: number
  name: string
}

export interface CocoFile {
  images: CocoImage[]
  annotations: CocoAnnotation[]
  categories: CocoCategory[]
}

export interface CocoFault {
  /** e.g. `annotations[17]`. */
  entry: string
  what: string
}

type Check = (value: unknown) => boolean

const number: Check = value => typeof value === 'number' && Number.isFinite(value)
const text: Check = value => typeof value === 'string' && value !== ''
const size: Check = value => number(value) && (value as number) > 0
const box: Check = value =>
  Array.isArray(value) && value.length === 4 && value.every(number) && value[2] >= 0 && value[3] >= 0
const optional =
  (check: Check): Check =>
  value =>
    value === undefined || check(value)

const shape: Record<keyof CocoFile, Record<string, Check>> = {
  images: { id: number, file_name: text, width: size, height: size },
  annotations: {
    id: number,
    image_id: number,
    category_id: number,
    bbox: box,
    area: optional(number),
    iscrowd: optional(value => value === 0 || value === 1),
  },
  categories: { id: number, name: text },
}

/** @param fault makes the error that is thrown of the first fault. */
export function checkCoco(json: unknown, fault: (fault: CocoFault) => Error): CocoFile {
  const file = (typeof json === 'object' && json !== null ? json : {}) as Record<string, unknown>
  for (const [list, keys] of Object.entries(shape)) {
    const entries = file[list]
    if (!Array.isArray(entries)) throw fault({ entry: list, what: 'there is no such list' })
    entries.forEach((entry: unknown, i) => {
      const values = (typeof entry === 'object' && entry !== null ? entry : {}) as Record<string, unknown>
      const wrong = Object.keys(keys).find(key => !keys[key]!(values[key]))
      if (wrong)
        throw fault({
          entry: `${list}[${i}]`,
          what: `${wrong} is ${JSON.stringify(values[wrong]) ?? 'missing'}`,
        })
    })
  }
  return file as unknown as CocoFile
}
