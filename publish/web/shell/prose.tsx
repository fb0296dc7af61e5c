/** A sentence of the server in which commands stand between backticks, as documentation writes them. */

export function Prose({ text }: { text: string }) {
  return (
    <>{text.split('`').map((part, i) => (i % 2 === 1 ? <code key={`${i}-${part}`}>{part}</code> : part))}</>
  )
}
