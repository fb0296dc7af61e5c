// Copies what tsc leaves behind (Lua scripts, the catalogue of models) into dist/, beside the compiled code that reads it.
import fs from 'node:fs'
import path from 'node:path'

for (const folder of ['shared', 'ingest', 'infer', 'publish', 'bin']) {
  for (const entry of fs.readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.lua$|^catalogue\.yml$/.test(entry.name)) continue
    const from = path.join(entry.parentPath, entry.name)
    fs.mkdirSync(path.dirname(path.join('dist', from)), { recursive: true })
    fs.copyFileSync(from, path.join('dist', from))
  }
}
