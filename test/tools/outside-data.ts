/** Test data that does not come with the project: found through variables only. A test that lacks it says so in its name. */
import fs from 'node:fs'
import path from 'node:path'

export interface OutsideData {
  path: string
  missing: boolean
  /** Ends the name of a test: empty, or why it is skipped. */
  note: string
}

/** Debian's own surveillance clip, of the package `opencv-doc`. */
export const vtestClip: OutsideData = at(
  '/usr/share/doc/opencv-doc/examples/data/vtest.avi',
  'Debian package opencv-doc',
)

export function outsideModel(name: string): OutsideData {
  return within('RINGSIDE_TEST_MODELS', `${name}.onnx`)
}

export function within(variable: string, relative: string): OutsideData {
  const folder = process.env[variable]
  return folder
    ? at(path.join(folder, relative), variable)
    : { path: '', missing: true, note: skipped(`${variable} is not set`) }
}

function at(file: string, source: string): OutsideData {
  const missing = !fs.existsSync(file)
  return { path: file, missing, note: missing ? skipped(`no ${file}, see ${source}`) : '' }
}

function skipped(why: string): string {
  return ` (skipped: ${why})`
}
