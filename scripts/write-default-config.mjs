// Writes config/default.yml from the compiled schema: `npm run build:server && node scripts/write-default-config.mjs`. A test compares the two.
import fs from 'node:fs'
import { renderDefaultFile } from '../dist/bin/output/default-file.js'

fs.writeFileSync(new URL('../config/default.yml', import.meta.url), renderDefaultFile())
