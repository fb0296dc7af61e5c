/** Whether the decoders of one stream read key frames only: as long as its cap is low, and they have not proved too rare for it. */
import type { Source } from '../decoder/source.js'
import { KEYFRAME_CAP_FPS } from './keyframe-trial.js'

export class KeyframeChoice {
  #suffice = true
  #chosen = false

  /** Of the last decoder that was begun. */
  get chosen(): boolean {
    return this.#chosen
  }

  /** For the decoder that is begun now. */
  choose(fps: number | null, { kind }: Source): boolean {
    this.#chosen = this.#suffice && fps !== null && fps <= KEYFRAME_CAP_FPS && kind === 'rtsp'
    return this.#chosen
  }

  tooRare(): void {
    this.#suffice = false
  }

  /** Another source or cap: they may suffice again. */
  forget(): void {
    this.#suffice = true
  }
}
