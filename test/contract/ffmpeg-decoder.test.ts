/** The decoder contract, kept by the backend `ffmpeg`. */
import { describe } from 'vitest'
import { failuresContract } from './decoder/failures.js'
import { framesContract } from './decoder/frames.js'
import { processContract } from './decoder/process.js'

describe('ffmpeg: frames', () => framesContract('ffmpeg'))
describe('ffmpeg: failures', () => failuresContract('ffmpeg'))
describe('ffmpeg: its process', () => processContract('ffmpeg'))
