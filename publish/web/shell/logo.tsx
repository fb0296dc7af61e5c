/** The mark of Ringside: the corners of a box around what it found. */

export function Logo() {
  return (
    <span class="logo">
      <svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true">
        <rect width="32" height="32" rx="7" class="logo-ground" />
        <path d="M7 13V8h5M20 8h5v5M25 19v5h-5M12 24H7v-5" class="logo-corners" />
        <circle cx="16" cy="16" r="4" class="logo-dot" />
      </svg>
      Ringside
    </span>
  )
}
