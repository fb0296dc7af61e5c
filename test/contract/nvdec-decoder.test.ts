/** The decoder contract, kept by the backend `nvdec`, where there is a GPU. */
import { describe } from 'vitest'
import { missingGpu } from '../../ingest/decoder/gpu-presence.js'
import { failuresContract } from './decoder/failures.js'
import { framesContract } from './decoder/frames.js'
import { processContract } from './decoder/process.js'

const why = missingGpu()

describe.skipIf(why !== null)(`nvdec${why ? ` (skipped: ${why})` : ''}`, () => {
  describe('frames', () => framesContract('nvdec'))
  describe('failures', () => failuresContract('nvdec'))
  describe('its process', () => processContract('nvdec'))
})
