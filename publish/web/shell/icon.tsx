/** The few icons, drawn inline: shape says what colour says too. */

const paths = {
  good: 'M3 8.5l3.2 3.2L13 5',
  busy: 'M8 2.5a5.5 5.5 0 1 1-5.5 5.5',
  bad: 'M8 3.5v5.5M8 12.2v.3',
  idle: 'M5.5 4v8M10.5 4v8',
  back: 'M10 3L5 8l5 5',
  plus: 'M8 3v10M3 8h10',
} as const

export function Icon({ name }: { name: keyof typeof paths }) {
  return (
    <svg class={`icon icon-${name}`} viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  )
}
