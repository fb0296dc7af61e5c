/** Boxes of source pixels land on the same place of the picture, whatever the size of the canvas. */
import { describe, expect, it } from 'vitest'
import { boxOnCanvas, canvasSize, labelPlace } from '../../../publish/web/live/scale.js'

const frame = { width: 1920, height: 1080 }

describe('boxOnCanvas', () => {
  it('scales both axes by themselves', () => {
    expect(boxOnCanvas([192, 108, 384, 540], frame, { width: 960, height: 270 })).toEqual({
      x: 96,
      y: 27,
      width: 96,
      height: 108,
    })
  })
  it('cuts off what lies outside of the frame', () => {
    const rect = boxOnCanvas([-50, -50, 4000, 4000], frame, { width: 640, height: 360 })
    expect(rect).toEqual({ x: 0, y: 0, width: 640, height: 360 })
  })
})

describe('canvasSize', () => {
  it('keeps the aspect of the frame', () => {
    expect(canvasSize(frame, 640, 1)).toEqual({ width: 640, height: 360 })
    expect(canvasSize({ width: 720, height: 1280 }, 360, 2)).toEqual({ width: 720, height: 1280 })
  })
  it('takes no more pixels than the frame has, nor fewer than the page shows', () => {
    expect(canvasSize(frame, 1280, 3).width).toBe(1920)
    expect(canvasSize({ width: 640, height: 480 }, 900, 2).width).toBe(900)
  })
})

describe('labelPlace', () => {
  const canvas = { width: 640, height: 360 }
  const label = { width: 80, height: 18 }
  it('stands above the box where there is room', () => {
    expect(labelPlace({ x: 100, y: 100, width: 50, height: 50 }, label, canvas)).toEqual({ x: 100, y: 82 })
  })
  it('stays inside the picture at its top and right edges', () => {
    expect(labelPlace({ x: 620, y: 4, width: 20, height: 50 }, label, canvas)).toEqual({ x: 560, y: 4 })
  })
})
