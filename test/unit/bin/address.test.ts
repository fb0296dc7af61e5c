/** Where the commands look for a running Ringside, and in which order. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { httpUrl, resolveAddress } from '../../../bin/client/address.js'
import { readRunFile, removeRunFile, runDir, writeRunFile } from '../../../bin/supervisor/run-file.js'
import { loadConfig } from '../../../config/load.js'

let dataDir: string
beforeEach(() => {
  dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'rs-address-'))
  fs.mkdirSync(runDir(dataDir))
})
afterEach(() => fs.rmSync(dataDir, { recursive: true }))

function resolve(flags: { url?: string; token?: string }, environment: Record<string, string> = {}) {
  return resolveAddress(flags, loadConfig({ RINGSIDE_DATA_DIR: dataDir, ...environment }), environment)
}
const running = { url: 'http://127.0.0.1:4711', token: 'from-the-run-file' }

describe('resolveAddress', () => {
  it('takes the run file where nothing else is said', () => {
    writeRunFile(dataDir, { ...running, pid: process.pid })
    expect(resolve({})).toEqual(running)
    expect(resolve({}, { RINGSIDE_PORT: '0' })).toEqual(running)
  })

  it('prefers flags to variables, and variables to the run file', () => {
    writeRunFile(dataDir, { ...running, pid: process.pid })
    const environment = {
      RINGSIDE_HOST: '192.0.2.1',
      RINGSIDE_PORT: '9000',
      RINGSIDE_TOKEN: 'from-a-variable',
    }
    expect(resolve({}, environment)).toEqual({ url: 'http://192.0.2.1:9000', token: 'from-a-variable' })
    expect(resolve({ url: 'https://cams.example/ringside/', token: 'flag' }, environment)).toEqual({
      url: 'https://cams.example/ringside',
      token: 'flag',
    })
  })

  it('takes the address that `up` printed, token and all', () => {
    expect(resolve({ url: 'http://127.0.0.1:8080/?token=abc' })).toEqual({
      url: 'http://127.0.0.1:8080',
      token: 'abc',
    })
  })

  it('never sends the run file’s token to another address', () => {
    writeRunFile(dataDir, { ...running, pid: process.pid })
    expect(() => resolve({ url: 'http://192.0.2.9' })).toThrow(
      expect.objectContaining({ code: 'not_running' }),
    )
  })

  it('says what to do where nothing runs, also when the one that ran was killed', () => {
    const notRunning = expect.objectContaining({
      code: 'not_running',
      remedy: expect.stringContaining('ringside up'),
    })
    expect(() => resolve({})).toThrow(notRunning)
    writeRunFile(dataDir, { ...running, pid: 2 ** 22 - 1 })
    expect(() => resolve({})).toThrow(notRunning)
  })

  it('refuses what is no address', () => {
    for (const url of ['127.0.0.1:8080', 'rtsp://x', '']) {
      if (url) expect(() => resolve({ url })).toThrow(expect.objectContaining({ code: 'invalid_request' }))
    }
  })

  it('never connects to a wildcard', () => {
    expect(httpUrl('0.0.0.0', 1)).toBe('http://127.0.0.1:1')
    expect(httpUrl('::', 1)).toBe('http://[::1]:1')
  })
})

describe('the run file', () => {
  it('is for its owner alone, and goes', () => {
    writeRunFile(dataDir, { ...running, pid: process.pid })
    const file = path.join(runDir(dataDir), 'ringside.json')
    expect(fs.statSync(file).mode & 0o777).toBe(0o600)
    removeRunFile(dataDir)
    expect(readRunFile(dataDir)).toBeNull()
    expect(fs.readdirSync(runDir(dataDir))).toEqual([])
  })
})
