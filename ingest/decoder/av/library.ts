/** node-av, the optional library of a decoder process: loaded here and nowhere else, so that the service runs without it. */

export type Av = typeof import('node-av/lib') & typeof import('node-av/constants')

/** Its low-level half: a direct mapping of libavformat, libavcodec, libavfilter and libswscale. @throws where it is not installed. */
export async function loadAv(): Promise<Av> {
  const [lib, constants] = await Promise.all([import('node-av/lib'), import('node-av/constants')])
  return { ...lib, ...constants }
}
