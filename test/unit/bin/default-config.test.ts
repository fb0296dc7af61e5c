/** config/default.yml is what the schema says, loads, and changes nothing. */
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { renderDefaultFile } from '../../../bin/output/default-file.js'
import { describeSettings } from '../../../bin/output/settings.js'
import { settingPaths } from '../../../config/environment.js'
import { loadConfig } from '../../../config/load.js'
import { packageRoot } from '../../../shared/process/version.js'

const file = path.join(packageRoot, 'config/default.yml')

describe('config/default.yml', () => {
  it('is up to date (else: npm run build:server && node scripts/write-default-config.mjs)', () => {
    expect(fs.readFileSync(file, 'utf8')).toBe(renderDefaultFile())
  })

  it('loads, and is the default', () => {
    expect(loadConfig({ RINGSIDE_CONFIG: file, HOME: '/home/x' })).toEqual(loadConfig({ HOME: '/home/x' }))
  })
})

describe('describeSettings', () => {
  it('has every setting, with a meaning and a variable', () => {
    const settings = describeSettings(loadConfig({}))
    expect(settings.map(({ key }) => key)).toEqual(settingPaths())
    for (const setting of settings) {
      expect(setting.description, setting.key).not.toBe('')
      expect(setting.variables.length, setting.key).toBeGreaterThan(0)
      expect(setting.isDefault || setting.key === 'dataDir', setting.key).toBe(true)
    }
  })
})
