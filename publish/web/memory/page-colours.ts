/** The page's colours for what is drawn on a canvas, which no style sheet reaches. */

/** @param name of a CSS variable in tokens.css. */
export function colourOf(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim()
}

/** Calls when the colour scheme changes, until the returned function is called. */
export function onColourScheme(listener: () => void): () => void {
  const dark = window.matchMedia('(prefers-color-scheme: dark)')
  dark.addEventListener('change', listener)
  return () => dark.removeEventListener('change', listener)
}
