/** Reads the binary form of a picture: uint32 big-endian length of the header, the header as JSON, the JPEG. */
import type { PictureHeader } from '../../../shared/detection/message.js'

export interface Picture {
  header: PictureHeader
  jpeg: Blob
}

/** @throws Error where the bytes are not a picture. */
export function decodePicture(data: ArrayBuffer): Picture {
  if (data.byteLength < 4) throw new Error(`A picture of ${data.byteLength} bytes has no header.`)
  const headerBytes = new DataView(data).getUint32(0)
  if (headerBytes > data.byteLength - 4)
    throw new Error(`A picture's header of ${headerBytes} bytes does not fit its message.`)
  const json = new TextDecoder().decode(new Uint8Array(data, 4, headerBytes))
  const header = JSON.parse(json) as PictureHeader
  return { header, jpeg: new Blob([new Uint8Array(data, 4 + headerBytes)], { type: header.mime }) }
}
