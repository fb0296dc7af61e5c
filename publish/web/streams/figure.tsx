/** One number with its name and unit. */
import type { ComponentChildren } from 'preact'

export function Figure(props: { name: string; children: ComponentChildren; unit?: string; title?: string }) {
  return (
    <div class="figure" title={props.title}>
      <dt>{props.name}</dt>
      <dd>
        {props.children}
        {props.unit && <span class="unit"> {props.unit}</span>}
      </dd>
    </div>
  )
}
