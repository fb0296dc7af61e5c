/** How candidates lie in a Float32Array: what the prepared graph writes, and all of post-processing reads. */

/** x1, y1, x2, y2 in input pixels, score, class index. */
export const VALUES_PER_CANDIDATE = 6
export const SCORE = 4
export const CLASS_ID = 5
