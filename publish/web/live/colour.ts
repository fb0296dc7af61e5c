/** One colour a class, always the same: of its id in the model, so that neighbours differ. */

interface ClassColour {
  line: string
  /** Legible on `line`. */
  text: string
}

/** Bright enough for dark pictures; each is drawn over a dark edge for light ones. */
const palette: readonly ClassColour[] = [
  { line: '#2ee6a6', text: '#00261a' },
  { line: '#ffb02e', text: '#2b1a00' },
  { line: '#4db8ff', text: '#001d33' },
  { line: '#ff6fae', text: '#33001a' },
  { line: '#c9f24d', text: '#1d2600' },
  { line: '#b48cff', text: '#150033' },
  { line: '#ff7a59', text: '#330c00' },
  { line: '#5ff0ff', text: '#002b30' },
  { line: '#ffe14d', text: '#2b2400' },
  { line: '#8ea6ff', text: '#000c33' },
  { line: '#f29cff', text: '#2a0033' },
  { line: '#9be37a', text: '#0e2600' },
]

export function classColour(classId: number): ClassColour {
  return palette[Math.abs(Math.trunc(classId)) % palette.length]!
}
